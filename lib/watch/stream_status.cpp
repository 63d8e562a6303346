#include "watch/stream_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rules/evidence.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kLogEvery = std::chrono::hours(1);
constexpr Duration kSilentAfter = std::chrono::minutes(10);
// Less than this many mails, or this share, may be a matter of time.
constexpr std::int64_t kMinLacking = 3;
constexpr double kMinShare = 0.1;
constexpr Duration kLately = std::chrono::minutes(30);
// Event types that are not sent show over a day, even to an office that sends twenty mails.
constexpr double kMinShareOfDay = 0.5;
constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kLasts = std::chrono::hours(1);
constexpr Duration kStatisticsBehind = std::chrono::minutes(20);
constexpr std::int64_t kMailsOfSilence = 10;  // fewer may be a pause
// "account_status/NAME" holds "MILLISECONDS STATUS".
constexpr std::string_view kStatusPrefix = "account_status/";
constexpr std::string_view kReactivated = "reactivate";
// What an account accepted since it was stopped: so many are remembered, and so many must be delivered.
constexpr std::size_t kAcceptedSince = 200;
constexpr std::int64_t kDeliveriesOfActive = 3;

// When the stream brought something again in (from, now] after a pause that `isSilence`; nothing if there was
// none.
template <class IsSilence>
std::optional<Instant> resumedAt(const delivery::Series& streamed, Instant from, Instant now,
                                 const IsSilence& isSilence) {
  const auto& marks = streamed.marks();
  std::optional<Instant> resumed;
  for (std::size_t moved = 0, i = 1; i < marks.size() && marks[i].at <= now; ++i) {
    if (marks[i].totals == marks[i - 1].totals) continue;
    if (marks[i].at > from && isSilence(marks[moved].at, marks[i].at)) resumed = marks[i].at;
    moved = i;
  }
  return resumed;
}

}  // namespace

StreamStatus::StreamStatus(store::Database& database, const Clock& clock, const Statistics& statistics,
                           const EventCounts& counts, StoreHealth& health)
    : database_(database),
      clock_(clock),
      statistics_(statistics),
      counts_(counts),
      health_(health),
      meta_(database) {}

void StreamStatus::load() {
  for (const auto& [key, value] : meta_.withPrefix(kStatusPrefix)) {
    const auto blank = value.find(' ');
    std::int64_t milliseconds = 0;
    const auto end = value.data() + std::min(blank, value.size());
    if (blank == std::string::npos || std::from_chars(value.data(), end, milliseconds).ptr != end) continue;
    statuses_[key.substr(kStatusPrefix.size())] = {
        fromUnixMilliseconds(milliseconds), value.substr(blank + 1), {}};
  }
}

void StreamStatus::retain(const config::Config& configuration) {
  std::set<std::string> streamed, checked;
  for (const auto& account : configuration.accounts) {
    if (!account.events) continue;
    streamed.insert(account.name);
    if (!account.events->url.empty()) checked.insert(account.name);
  }
  std::erase_if(streams_, [&](const auto& entry) { return !streamed.contains(entry.first); });
  std::erase_if(settings_, [&](const auto& entry) { return !checked.contains(entry.first); });
  for (const auto& account : streamed)
    if (!streams_.contains(account)) streams_[account].since = clock_.now();
}

void StreamStatus::shift(Duration step) {
  for (auto& [account, stream] : streams_) {
    stream.since += step;
    stream.steadySince =
        std::chrono::abs(step) > stream::kEventsArriveWithin ? clock_.now() : stream.steadySince + step;
    if (stream.lastBatch) *stream.lastBatch += step;
    if (stream.lastEvent) *stream.lastEvent += step;
    if (stream.lastTest) *stream.lastTest += step;
    if (stream.lastMalformed) *stream.lastMalformed += step;
  }
  for (auto& [account, minutes] : malformed_) {
    std::map<Instant, std::int64_t> moved;
    for (const auto& [minute, events] : minutes) moved.emplace(minute + step, events);
    minutes = std::move(moved);
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
  noteMalformed(account, at, events);
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

void StreamStatus::outcomeReceived(const std::string& account, Instant at, Instant received) {
  if (const auto found = streams_.find(account); found != streams_.end())
    found->second.lateness.note(at, received);
}

void StreamStatus::eventsReceived(const std::string& account, Instant at) {
  if (const auto found = streams_.find(account); found != streams_.end())
    found->second.lastEvent = std::max(found->second.lastEvent.value_or(at), at);
}

std::array<stream::PartGained, stream::kParts> StreamStatus::gained(const std::string& account, Instant from,
                                                                    Instant now) const {
  const delivery::Subject whole{account, delivery::Dimension::account, ""};
  static const delivery::Series kNothing;
  const auto* read = statistics_.windows().find(whole);
  const auto* streamed = counts_.windows().find(whole);
  return stream::gainedSince(read ? *read : kNothing, streamed ? *streamed : kNothing, from, now);
}

// Without mail there are no events: recent statistics must show that no mail was sent.
bool StreamStatus::silenceExplained(const std::string& account, Instant last, Instant now) const {
  const auto* read = statistics_.windows().find({account, delivery::Dimension::account, ""});
  if (now - last > kSilentAfter && (!read || !read->lastRead() || now - *read->lastRead() > kSilentAfter))
    return false;
  return now - last <= stream::kEventsArriveWithin || !lackingOf(gained(account, last, now), 1, 0);
}

bool StreamStatus::alive(const std::string& account, Instant now) const {
  const auto* stream = find(account);
  if (!stream || !stream->lastEvent || !silenceExplained(account, *stream->lastEvent, now)) return false;
  return !lackingOf(gained(account, now - kLately, now), kMinLacking, kMinShare) &&
         !lackingOf(gained(account, now - kDay, now), kMinLacking, kMinShareOfDay);
}

bool StreamStatus::complete(const std::string& account, Duration window, Instant now) const {
  return !lackingOf(gained(account, now - window - stream::kEventsArriveWithin, now), kMinLacking, kMinShare);
}

Duration StreamStatus::statisticsBehind(const std::string& account, Instant now) const {
  const delivery::Subject whole{account, delivery::Dimension::account, ""};
  const auto* read = statistics_.windows().find(whole);
  const auto* streamed = counts_.windows().find(whole);
  return read && streamed ? stream::behindOf(*read, *streamed, now).least : Duration{};
}

Instant StreamStatus::toldUntil(const std::string& account, Instant now) const {
  constexpr Duration kAtOnce = std::chrono::minutes(2);
  const auto* stream = find(account);
  const auto late = stream ? stream->lateness.nineInTen() : std::nullopt;
  return late && *late > kAtOnce ? now - *late - std::chrono::minutes(1) : now;
}

bool StreamStatus::caughtUp(const std::string& account, Instant now) const {
  const auto* stream = find(account);
  if (!stream || !stream->lastEvent || !silenceExplained(account, *stream->lastEvent, now)) return false;
  const auto until = toldUntil(account, now);
  return !lackingOf(gained(account, until - kLately, until), kMinLacking, kMinShare) &&
         !lackingOf(gained(account, until - kDay, until), kMinLacking, kMinShareOfDay);
}

// What a silence lacked is another rule's: only what comes after it counts, once the statistics, which are
// behind, have counted all of the silence.
std::optional<Instant> StreamStatus::silenceCounted(const std::string& account,
                                                    const delivery::Series& streamed, Instant now) const {
  const auto isSilence = [&](Instant from, Instant to) {
    const auto counted = std::min(now, to + kStatisticsBehind);
    return to - from > kSilentAfter && lackingOf(gained(account, from, counted), kMailsOfSilence, 0);
  };
  const auto resumed = resumedAt(streamed, now - kLasts, now, isSilence);
  if (!resumed) return std::nullopt;
  return *resumed + kStatisticsBehind;
}

// What comes while the stream lives, of the time in which this process heard it.
std::optional<stream::PartGained> StreamStatus::lackingLately(const std::string& account, Instant now) const {
  const delivery::Subject whole{account, delivery::Dimension::account, ""};
  const auto* read = statistics_.windows().find(whole);
  const auto* streamed = counts_.windows().find(whole);
  const auto* stream = find(account);
  if (!read || !streamed || !streamed->begin() || !stream || !stream->lastEvent ||
      now - *stream->lastEvent > kSilentAfter)
    return std::nullopt;
  auto since = std::max({stream->since, stream->steadySince, *streamed->begin()});
  if (const auto counted = silenceCounted(account, *streamed, now)) since = std::max(since, *counted);
  return stream::missingOf(*read, *streamed, since, toldUntil(account, now));
}

std::optional<stream::PartGained> StreamStatus::lacking(const std::string& account, Instant present) const {
  if (const auto lately = lackingLately(account, present)) return lately;
  const auto now = toldUntil(account, present);
  if (const auto* stream = find(account); stream && now - stream->steadySince < kLasts) return std::nullopt;
  const auto* streamed = counts_.windows().find({account, delivery::Dimension::account, ""});
  if (!streamed || !streamed->begin() || now - *streamed->begin() < 2 * kLasts) return std::nullopt;
  const auto lately = lackingOf(gained(account, now - kDay, now), kMinLacking, kMinShare);
  // Still in the last hour, and before it: what a restart or a delay left behind is over by then.
  const auto before = gained(account, now - kDay, now - kLasts);
  auto since = now - kLasts;
  if (!lately || !lackingOf(gained(account, since, now), 1, kMinShare)) return std::nullopt;
  const auto part = static_cast<std::size_t>(lately->part);
  if (before[part].lacking < kMinLacking) return std::nullopt;
  if (const auto counted = silenceCounted(account, *streamed, now)) {
    since = *counted;
    if (since >= now || !lackingOf(gained(account, since, now), 1, kMinShare)) return std::nullopt;
  }
  // A stream of which nothing comes is silent.
  for (const auto& one : gained(account, now - kLasts, now))
    if (one.events > 0) return lately;
  return std::nullopt;
}

std::optional<std::int64_t> StreamStatus::unheard(const std::string& account, Instant now) const {
  const auto* stream = find(account);
  const auto* streamed = counts_.windows().find({account, delivery::Dimension::account, ""});
  if (!stream || !stream->lastEvent || !streamed || streamed->empty()) return std::nullopt;
  std::int64_t outcomes = 0;
  for (const auto& one : gained(account, *stream->lastEvent, now))
    if (one.part == stream::Part::delivered || one.part == stream::Part::failed) outcomes += one.lacking;
  return outcomes;
}

void StreamStatus::noteMalformed(const std::string& account, Instant at, std::int64_t events) {
  auto& minutes = malformed_[account];
  minutes[std::chrono::floor<std::chrono::minutes>(at)] += events;
  minutes.erase(minutes.begin(), minutes.lower_bound(at - kDay));
}

void StreamStatus::lateReceived(const std::string& account, std::int64_t events) {
  if (const auto found = streams_.find(account); found != streams_.end()) found->second.late += events;
}

std::int64_t StreamStatus::malformed(const std::string& account, Duration window, Instant now) const {
  std::int64_t sum = 0;
  if (const auto found = malformed_.find(account); found != malformed_.end())
    for (auto minute = found->second.lower_bound(now - window); minute != found->second.end(); ++minute)
      sum += minute->second;
  return sum;
}

void StreamStatus::accountStatusChanged(const std::string& account, Instant at, std::string_view status) {
  auto& known = statuses_[account];
  if (at < known.at) return;
  std::string text(status == kReactivated ? std::string_view() : status);
  if (at == known.at && text == known.text) return;
  known = {at, std::move(text), {}};
  unstored_.insert(account);
  storeMissing();
}

StreamStatus::Status* StreamStatus::stopped(const std::string& account) {
  const auto found = statuses_.find(account);
  const bool isStopped = found != statuses_.end() && rules::StatusEvidence{found->second.text}.stopped();
  return isStopped ? &found->second : nullptr;
}

void StreamStatus::mailProcessed(const std::string& account, Instant at, std::uint64_t message) {
  auto* status = stopped(account);
  if (!status || at <= status->at) return;
  status->accepted.emplace_back(message, false);
  if (status->accepted.size() > kAcceptedSince) status->accepted.pop_front();
}

// Events of one mail may be told in any order; one whose acceptance is told later does not count.
void StreamStatus::mailDelivered(const std::string& account, std::uint64_t message) {
  auto* status = stopped(account);
  if (!status) return;
  auto& accepted = status->accepted;
  const auto mail = std::ranges::find(accepted, message, &std::pair<std::uint64_t, bool>::first);
  if (mail == accepted.end()) return;
  mail->second = true;
  const auto delivered = std::ranges::count(accepted, true, &std::pair<std::uint64_t, bool>::second);
  if (delivered < kDeliveriesOfActive || 2 * delivered < static_cast<std::int64_t>(accepted.size())) return;
  log::info("the account delivers mail again, although no event said that the provider reactivated it",
            {{"account", account}});
  accountStatusChanged(account, clock_.now(), kReactivated);
}

void StreamStatus::storeReopened() {
  for (const auto& [account, status] : statuses_) unstored_.insert(account);
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
