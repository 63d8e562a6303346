#include "notify/side_words.hpp"

#include <fmt/format.h>

#include "base/domain_name.hpp"
#include "base/utf8.hpp"
#include "causes/texts.hpp"

namespace arrivald::notify {
namespace {

// Behind "side." or "side.short.".
std::string_view causeKey(causes::Verdict verdict) {
  switch (verdict) {
    case causes::Verdict::senderMustFix:
      return "cause.sender";
    case causes::Verdict::dead:
      return "cause.dead";
    case causes::Verdict::recipientMustAct:
      return "cause.recipient";
    case causes::Verdict::wait:
    case causes::Verdict::unknown:
      break;
  }
  return "cause.receiver";
}

std::string_view sideKey(const Side& side) {
  switch (side.kind) {
    case Side::Kind::watch:
      return "watch";
    case Side::Kind::api:
      return "api";
    case Side::Kind::apiSays:
      return "apiSays";
    case Side::Kind::statistics:
      return "statistics";
    case Side::Kind::apiOrNetwork:
      return "apiOrNetwork";
    case Side::Kind::key:
      return "key";
    case Side::Kind::limit:
      return "limit";
    case Side::Kind::network:
      return "network";
    case Side::Kind::host:
      return "host";
    case Side::Kind::application:
      return "application";
    case Side::Kind::plan:
      return "plan";
    case Side::Kind::reputation:
      return "reputation";
    case Side::Kind::complaints:
      return "complaints";
    case Side::Kind::recipients:
      return "recipients";
    case Side::Kind::account:
      return "account";
    case Side::Kind::providerSays:
      return "providerSays";
    case Side::Kind::provider:
      return "provider";
    case Side::Kind::providerHolds:
      return "providerHolds";
    case Side::Kind::cause:
      return side.cause ? causeKey(side.cause->cause.verdict) : "unclear";
    case Side::Kind::receiverFails:
      return "receiverFails";
    case Side::Kind::receiver:
      return "receiver";
    case Side::Kind::receiverAlone:
      return "receiverAlone";
    case Side::Kind::ours:
      return "ours";
    case Side::Kind::sender:
      return "sender";
    case Side::Kind::domain:
      return "domain";
    case Side::Kind::unclear:
      break;
  }
  return "unclear";
}

}  // namespace

std::string earlierWords(const EarlierMail& earlier, const Catalogue& catalogue) {
  const auto& [refused, others, within] = earlier;
  const auto shown = [&](std::int64_t value) { return catalogue.number(static_cast<double>(value)); };
  const auto key = 2 * refused.accepted > refused.looked ? "side.earlier.most"
                   : refused.accepted > 0                ? "side.earlier.few"
                                                         : "side.earlier.none";
  // As long as there are records of, in whole days or hours.
  const auto known =
      within >= std::chrono::hours(48)  ? Duration(std::chrono::floor<std::chrono::days>(within))
      : within >= std::chrono::hours(2) ? Duration(std::chrono::floor<std::chrono::hours>(within))
                                        : within;
  const auto when = known > Duration{}
                        ? catalogue.text("side.earlier.within", {{"within", catalogue.duration(known)}})
                        : catalogue.text("side.earlier.before");
  return catalogue.text(key, {{"when", when},
                              {"n", shown(refused.looked)},
                              {"took", shown(refused.accepted)},
                              {"m", shown(others.looked)},
                              {"others", shown(others.accepted)}});
}

std::string domainWords(const std::vector<std::string>& domains, const Catalogue& catalogue) {
  constexpr std::size_t kShown = 80;
  std::string text;
  for (const auto& domain : domains) {
    text += (text.empty() ? "" : catalogue.text("incident.part_over.gap")) + oneLine(domain, kShown);
    if (const auto readable = readableDomain(domain); !readable.empty())
      text += " (" + oneLine(readable, kShown) + ")";
  }
  return text;
}

std::string sideWords(const Side& side, std::string_view form, Waits waiting, const Catalogue& catalogue) {
  const auto leading = side.cause.value_or(LeadingCause{});
  if (form == "side" && side.earlier) {
    auto known = side;
    known.earlier.reset();
    return sideWords(known, form, waiting, catalogue) + catalogue.text("sentence.gap") +
           earlierWords(*side.earlier, catalogue);
  }
  auto key = fmt::format("{}.{}", form, sideKey(side));
  // Of mail that waits, of the whole account, or at one receiver, where there are words for it.
  const auto prefer = [&](std::string_view variant) {
    if (const auto other = fmt::format("{}.{}", key, variant); catalogue.has(other)) key = other;
  };
  if (side.cause) prefer(causes::name(leading.cause.causeClass));
  if (!side.name.empty()) prefer("at");
  if (side.ofWhole) prefer("whole");
  if (!side.domains.empty()) prefer("domains");
  if (side.doubtful) prefer("doubtful");
  if (waiting == Waits::yes) prefer("late");
  return catalogue.text(key,
                        {{"name", oneLine(catalogue.groupName(side.name), 60)},
                         {"domains", domainWords(side.domains, catalogue)},
                         {"share", catalogue.percent(leading.share)},
                         {"cause", std::string(causes::shortName(leading.cause, catalogue.language()))}});
}

}  // namespace arrivald::notify
