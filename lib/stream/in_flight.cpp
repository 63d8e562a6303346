#include "stream/in_flight.hpp"

#include <algorithm>

namespace arrivald::stream {
namespace {

constexpr Duration kEndedKept = std::chrono::hours(24);
constexpr Duration kEndedKeptOfMany = std::chrono::hours(1);
constexpr Duration kLongestLatency = std::chrono::hours(24 * 7);

std::uint32_t seconds(Instant at) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(unixSeconds(at), 1, 0xFFFFFFFFLL));
}
Duration since(std::uint32_t then, Instant now) { return now - fromUnixSeconds(then); }

// Null if the stamp is older than the ring.
template <class Slots>
auto* moveIn(Slots& slots, std::uint32_t stamp, int by, bool deferred) {
  auto& slot = slots[stamp % slots.size()];
  const auto wanted = static_cast<std::int32_t>(stamp);
  if (slot.stamp < wanted && by > 0) slot.stamp = wanted, slot.messages = slot.deferred = 0;
  if (slot.stamp != wanted) return static_cast<decltype(&slot)>(nullptr);
  slot.messages += by;
  if (deferred) slot.deferred += by;
  return &slot;
}

constexpr auto kMessages = [](const auto& slot) { return slot.messages; };
constexpr auto kDeferred = [](const auto& slot) { return slot.deferred; };

// What `count` says of the slots whose stamp is in (from, to].
template <class Slots, class Count>
std::int64_t between(const Slots& slots, std::int64_t from, std::int64_t to, Count count) {
  std::int64_t sum = 0;
  for (const auto& slot : slots)
    if (slot.stamp > from && slot.stamp <= to) sum += count(slot);
  return sum;
}

// How many messages have been in flight since when: to the minute where the ring of minutes reaches, before
// it to the hour. The hour in which the ring begins is that hour less its minutes within the ring.
template <class Minutes, class Hours>
class Ages {
 public:
  Ages(const Minutes& minutes, const Hours& hours, std::int64_t minuteNow)
      : minutes_(minutes),
        hours_(hours),
        ringFrom_(minuteNow - static_cast<std::int64_t>(minutes.size())),
        split_(ringFrom_ / 60) {}

  // Those of the minutes in (from, to]; before the ring, those of the hours that begin in it.
  template <class Count>
  std::int64_t between(std::int64_t from, std::int64_t to, Count count) const {
    auto sum = stream::between(minutes_, std::max(from, ringFrom_), to, count);
    if (from >= ringFrom_) return sum;
    const auto firstHour = (from + 1) / 60, lastHour = to >= ringFrom_ ? split_ : to / 60 - 1;
    sum += stream::between(hours_, firstHour - 1, std::min(lastHour, split_ - 1), count);
    return lastHour >= split_ ? sum + beforeRing(count) : sum;
  }

 private:
  template <class Count>
  std::int64_t beforeRing(Count count) const {
    return stream::between(hours_, split_ - 1, split_, count) -
           stream::between(minutes_, ringFrom_, split_ * 60 + 59, count);
  }

  const Minutes& minutes_;
  const Hours& hours_;
  std::int64_t ringFrom_;  // minutes after it are in the ring
  std::int64_t split_;     // the hour of the ring's beginning
};

}  // namespace

std::optional<Step> stepOf(EventKind kind) {
  switch (kind) {
    case EventKind::processed:
      return Step::processed;
    case EventKind::deferred:
      return Step::deferred;
    case EventKind::delivered:
      return Step::delivered;
    case EventKind::bounce:
    case EventKind::blocked:
    case EventKind::dropped:
      return Step::failed;
    default:
      return std::nullopt;
  }
}

void InFlight::Line::move(const Message& message, int by) {
  messages += by;
  if (message.attempts > 0) deferred += by;
  moveIn(minutes, message.when / 60, by, message.attempts > 0);
  auto* hour = moveIn(hours, message.when / 3600, by, message.attempts > 0);
  const auto minute = static_cast<std::int32_t>(message.when / 60);
  if (hour == nullptr) return;
  if (by > 0)
    hour->first = hour->messages == by ? minute : std::min(hour->first, minute);
  else if (minute == hour->first && hour->messages > 0)
    hour->first = firstAfter(minute - 1);
}

// The first minute after `minute`, within the hour of the next, that has a message in flight or is no longer
// known.
std::int32_t InFlight::Line::firstAfter(std::int32_t minute) const {
  const std::int32_t last = (minute + 1) / 60 * 60 + 59;
  while (++minute < last) {
    const auto& slot = minutes[static_cast<std::size_t>(minute) % minutes.size()];
    if (slot.stamp > minute || (slot.stamp == minute && slot.messages > 0)) break;
  }
  return minute;
}

InFlight::Line& InFlight::lineOf(std::uint16_t group) {
  if (group >= lines_.size()) lines_.resize(group + 1U);
  return lines_[group];
}

InFlight::Change InFlight::apply(std::uint64_t key, Step step, Instant at, std::uint16_t group) {
  Change change;
  const auto [found, isNew] = tableOf(key).try_emplace(key);
  auto& message = found->second;
  const auto now = seconds(at);
  const bool was = !isNew && message.end == End::none;
  if (was) lineOf(message.group).move(message, -1);
  if (isNew) {
    message.when = now;
    message.group = group;
  }

  // "processed" and "delivered" may arrive in either order: the second of them completes the latency. Nothing
  // is measured twice.
  std::optional<Duration> latency;
  change.deliveredAt = at;
  if (step == Step::processed && !message.processed) {
    if (message.end == End::delivered) {
      change.deliveredAt = fromUnixSeconds(message.when);
      latency = change.deliveredAt - at;
    }
    if (message.end == End::none) message.when = now;
    message.processed = true;
  }
  // The last word on a message wins: it was delivered, and came back.
  const bool failedLater = message.end == End::delivered && step == Step::failed;
  const bool deliveredBefore = message.end == End::failed && step == Step::delivered && now <= message.when;
  if ((failedLater || deliveredBefore) && !message.returned) {
    change.returned = failedLater ? fromUnixSeconds(message.when) : at;
    message.returned = true;
    message.end = End::failed;
    message.when = std::max(message.when, now);
  }
  if (message.end == End::none) {
    if (step == Step::deferred && message.attempts < 255) ++message.attempts;
    if (step == Step::delivered && message.processed) latency = since(message.when, at);
    if (step == Step::delivered || step == Step::failed) {
      message.end = step == Step::delivered ? End::delivered : End::failed;
      message.when = now;
      change.finished = true;
    }
  }
  if (latency && *latency <= kLongestLatency) change.latency = std::max(Duration::zero(), *latency);
  const bool is = message.end == End::none;
  if (is) lineOf(message.group).move(message, 1);
  change.began = !was && is;
  change.ended = was && !is;
  inFlight_ += change.began;
  inFlight_ -= change.ended;
  return change;
}

std::size_t InFlight::age(Instant now, Duration lost) {
  auto& table = tables_[next_];
  next_ = (next_ + 1) % tables_.size();
  std::size_t count = 0;
  const auto before = table.size();
  const auto endedKept = remembered() > kManyRemembered ? kEndedKeptOfMany : kEndedKept;
  boost::unordered::erase_if(table, [&](const auto& entry) {
    const Message& message = entry.second;
    const bool ended = message.end != End::none;
    if (since(message.when, now) <= (ended ? endedKept : lost)) return false;
    if (!ended) {
      lineOf(message.group).move(message, -1);
      --inFlight_;
      ++count;
    }
    return true;
  });
  // Memory is released once a table is nearly empty: after a peak, not at every small decrease.
  if (before != table.size() && table.size() * 8 < table.bucket_count()) table.rehash(0);
  return count;
}

std::size_t InFlight::remembered() const {
  std::size_t sum = 0;
  for (const auto& table : tables_) sum += table.size();
  return sum;
}

InFlight::Waiting& InFlight::Waiting::operator+=(const Waiting& other) {
  messages += other.messages;
  deferred += other.deferred;
  overdue += other.overdue;
  overdueDeferred += other.overdueDeferred;
  oldest = std::max(oldest, other.oldest);
  return *this;
}

InFlight::Waiting InFlight::waiting(std::uint16_t group, Instant now, Duration overdueAfter,
                                    Duration within) const {
  Waiting waiting;
  if (group >= lines_.size()) return waiting;
  const auto& line = lines_[group];
  if (line.messages == 0) return waiting;
  waiting.messages = line.messages;
  waiting.deferred = line.deferred;
  const Ages ages(line.minutes, line.hours, unixSeconds(now) / 60);
  // A minute that is not over counts as later than it began.
  const auto from = unixSeconds(now - overdueAfter - within) / 60 - 1;
  const auto to = unixSeconds(now - overdueAfter) / 60 - 1;
  waiting.overdue = ages.between(from, to, kMessages);
  waiting.overdueDeferred = ages.between(from, to, kDeferred);
  const Line::Hour* oldest = nullptr;
  for (const auto& hour : line.hours)
    if (hour.messages > 0 && (oldest == nullptr || hour.stamp < oldest->stamp)) oldest = &hour;
  if (oldest != nullptr)
    waiting.oldest = std::max(Duration::zero(), now - fromUnixSeconds(std::int64_t{oldest->first} * 60));
  return waiting;
}

}  // namespace arrivald::stream
