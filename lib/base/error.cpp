#include "base/error.hpp"

#include <array>

namespace arrivald {
namespace {

struct Entry {
  Error::Kind kind;
  std::string_view name;
  Consequence consequence;
};

using Kind = Error::Kind;
constexpr auto kSoon = Consequence::retrySoon;
constexpr auto kPeople = Consequence::needsPeople;
constexpr auto kGivesUp = Consequence::givesUp;

constexpr std::array<Entry, Error::kKindCount> kEntries = {{
    {Kind::invalid, "invalid", kGivesUp},
    {Kind::notFound, "not_found", kGivesUp},
    {Kind::denied, "denied", kGivesUp},
    {Kind::throttled, "throttled", Consequence::waitForReset},
    {Kind::unavailable, "unavailable", kSoon},
    {Kind::timedOut, "timed_out", kSoon},
    {Kind::cancelled, "cancelled", kSoon},
    {Kind::unsupported, "unsupported", kGivesUp},
    {Kind::bug, "bug", kPeople},
    // Retried at the usual interval: SendGrid has been seen to refuse valid keys for minutes.
    {Kind::unauthorized, "unauthorized", kPeople},
    {Kind::forbidden, "forbidden", kGivesUp},
    {Kind::notAcceptable, "not_acceptable", kGivesUp},
    {Kind::badRequest, "bad_request", kGivesUp},
    {Kind::redirected, "redirected", kPeople},
    {Kind::serverError, "server_error", kSoon},
    {Kind::html, "html", kSoon},
    {Kind::unreachable, "unreachable", kSoon},
    {Kind::tls, "tls", kPeople},
    {Kind::truncated, "truncated", kSoon},
    {Kind::emptyAnswer, "empty_answer", kSoon},
    {Kind::malformed, "malformed", kSoon},
    {Kind::tooLarge, "too_large", kPeople},
    {Kind::storage, "storage", kPeople},
    {Kind::diskFull, "disk_full", kPeople},
    {Kind::readOnly, "read_only", kPeople},
    {Kind::ioError, "io_error", kPeople},
    {Kind::damaged, "damaged", kPeople},
    {Kind::locked, "locked", kPeople},
}};

constexpr bool inOrder() {
  for (std::size_t i = 0; i < kEntries.size(); ++i)
    if (kEntries[i].kind != static_cast<Kind>(i)) return false;
  return true;
}
static_assert(inOrder());

const Entry& entryOf(Kind kind) { return kEntries[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view name(Party party) {
  constexpr std::array<std::string_view, kPartyCount> kNames = {"internal", "provider",      "storage",
                                                                "network",  "configuration", "third_party"};
  return kNames[static_cast<std::size_t>(party)];
}

std::string_view name(Error::Kind kind) { return entryOf(kind).name; }
std::optional<Error::Kind> errorKindNamed(std::string_view name) {
  for (const auto& entry : kEntries)
    if (entry.name == name) return entry.kind;
  return std::nullopt;
}
Consequence consequenceOf(Error::Kind kind) { return entryOf(kind).consequence; }

}  // namespace arrivald
