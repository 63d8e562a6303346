#include "watch/stream_status.hpp"

#include <fmt/format.h>

#include <charconv>

#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kLogEvery = std::chrono::hours(1);
constexpr Duration kSilentAfter = std::chrono::minutes(10);
// "account_status/NAME" holds "MILLISECONDS STATUS".
constexpr std::string_view kStatusPrefix = "account_status/";
constexpr std::string_view kReactivated = "reactivate";

}  // namespace

StreamStatus::StreamStatus(store::Database& database, const Clock& clock, const Statistics& statistics,
                           StoreHealth& health)
    : database_(database), clock_(clock), statistics_(statistics), health_(health), meta_(database) {}

void StreamStatus::load() {
  for (const auto& [key, value] : meta_.withPrefix(kStatusPrefix)) {
    const auto blank = value.find(' ');
    std::int64_t milliseconds = 0;
    const auto end = value.data() + std::min(blank, value.size());
    if (blank == std::string::npos || std::from_chars(value.data(), end, milliseconds).ptr != end) continue;
    statuses_[key.substr(kStatusPrefix.size())] = {fromUnixMilliseconds(milliseconds),
                                                   value.substr(blank + 1)};
  }
}

void StreamStatus::retain(const config::Config& configuration) {
  std::set<std::string> streamed;
  for (const auto& account : configuration.accounts)
    if (account.events) streamed.insert(account.name);
  std::erase_if(streams_, [&](const auto& entry) { return !streamed.contains(entry.first); });
  std::erase_if(settings_, [&](const auto& entry) { return !streamed.contains(entry.first); });
  for (const auto& account : streamed)
    if (!streams_.contains(account)) streams_[account].since = clock_.now();
}

void StreamStatus::shift(Duration step) {
  for (auto& [account, stream] : streams_) {
    stream.since += step;
    if (stream.lastBatch) *stream.lastBatch += step;
    if (stream.lastTest) *stream.lastTest += step;
    if (stream.lastMalformed) *stream.lastMalformed += step;
  }
  for (auto& [account, at] : malformedLogged_) at += step;
}

const StreamStatus::Stream* StreamStatus::find(const std::string& account) const {
  const auto found = streams_.find(account);
  return found == streams_.end() ? nullptr : &found->second;
}

void StreamStatus::batchReceived(const std::string& account, Instant at) {
  if (const auto found = streams_.find(account); found != streams_.end())
    found->second.lastBatch = std::max(found->second.lastBatch.value_or(at), at);
}

void StreamStatus::testReceived(const std::string& account, Instant at) {
  if (const auto found = streams_.find(account); found != streams_.end()) found->second.lastTest = at;
}

void StreamStatus::malformedReceived(const std::string& account, Instant at, std::int64_t events,
                                     const std::string& why) {
  const auto found = streams_.find(account);
  if (found == streams_.end()) return;
  auto& stream = found->second;
  stream.malformed += events;
  stream.lastMalformed = at;
  stream.malformedWhy = why;
  const auto logged = malformedLogged_.find(account);
  if (logged != malformedLogged_.end() && at - logged->second < kLogEvery) return;
  log::warning(fmt::format("events could not be read and are kept, up to a hundred of a batch: {}; arrivald "
                           "trace --malformed shows them",
                           why),
               {{"account", account}, {"events", std::to_string(stream.malformed)}});
  malformedLogged_[account] = at;
}

void StreamStatus::resumed() {
  for (auto& [account, stream] : streams_) stream.since = clock_.now();
}

bool StreamStatus::alive(const std::string& account, Instant now) const {
  const auto* stream = find(account);
  if (!stream || !stream->lastBatch) return false;
  const auto last = *stream->lastBatch;
  if (now - last <= kSilentAfter) return true;
  // Without mail there are no events: recent statistics must show that no mail was sent.
  const auto* statistics = statistics_.windows().find({account, delivery::Dimension::account, ""});
  if (!statistics || !statistics->lastRead() || now - *statistics->lastRead() > kSilentAfter) return false;
  const auto moved = statistics->lastChange();
  return !moved || *moved <= last + kSilentAfter;
}

void StreamStatus::accountStatusChanged(const std::string& account, Instant at, std::string_view status) {
  auto& known = statuses_[account];
  if (at < known.at) return;
  std::string text(status == kReactivated ? std::string_view() : status);
  if (at == known.at && text == known.text) return;
  known = {at, std::move(text)};
  unstored_.insert(account);
  storeMissing();
}

bool StreamStatus::storeMissing() {
  if (unstored_.empty()) return true;
  const auto stored = database_.transact([&] {
    for (const auto& account : unstored_) {
      const auto& status = statuses_.at(account);
      meta_.put(std::string(kStatusPrefix) + account,
                std::to_string(unixMilliseconds(status.at)) + " " + status.text);
    }
  });
  health_.record("account status", stored);
  if (stored) unstored_.clear();
  return stored.ok();
}

const std::string& StreamStatus::accountStatus(const std::string& account) const {
  static const std::string kNothing;
  const auto found = statuses_.find(account);
  return found == statuses_.end() ? kNothing : found->second.text;
}

bool StreamStatus::settingsChecked(const std::string& account, std::string wrong) {
  const auto [known, isNew] = settings_.try_emplace(account);
  const bool changed = isNew ? !wrong.empty() : known->second != wrong;
  known->second = std::move(wrong);
  return changed;
}

std::optional<std::string> StreamStatus::settings(const std::string& account) const {
  const auto found = settings_.find(account);
  if (found == settings_.end()) return std::nullopt;
  return found->second;
}

}  // namespace arrivald::watch
