#include "stream/in_flight.hpp"

#include <algorithm>

namespace arrivald::stream {
namespace {

constexpr Duration kEndedKept = std::chrono::hours(1);
constexpr Duration kLongestLatency = std::chrono::hours(24 * 7);
constexpr std::size_t kSlices = 256;

std::uint32_t seconds(Instant at) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(unixSeconds(at), 1, 0xFFFFFFFFLL));
}
Duration since(std::uint32_t then, Instant now) { return now - fromUnixSeconds(then); }

}  // namespace

InFlight::Change InFlight::apply(std::uint64_t key, Step step, Instant at, std::uint16_t group) {
  Change change;
  const auto [found, isNew] = messages_.try_emplace(key);
  auto& message = found->second;
  using End = Message::End;
  const bool was = !isNew && !message.ended();
  const bool firstProcessed = step == Step::processed && message.processed == 0;
  message.group = group;
  message.last = std::max(message.last, seconds(at));
  if (firstProcessed) message.processed = seconds(at);
  if (step == Step::deferred && message.attempts < 255) ++message.attempts;
  // Delivered first and processed later, or the other way round: the second of them makes the latency known.
  // What a message ended as first stays, so that nothing is measured twice.
  const bool delivers = step == Step::delivered && message.end == End::none;
  std::optional<Duration> latency;
  if (delivers && message.processed != 0) latency = since(message.processed, at);
  if (firstProcessed && message.end == End::delivered) latency = fromUnixSeconds(message.last) - at;
  if (latency && *latency <= kLongestLatency) change.latency = std::max(Duration::zero(), *latency);
  if (message.end == End::none && step == Step::delivered) message.end = End::delivered;
  if (message.end == End::none && step == Step::failed) message.end = End::failed;
  change.began = !was && !message.ended();
  change.ended = was && message.ended();
  onTheirWay_ += change.began;
  onTheirWay_ -= change.ended;
  return change;
}

void InFlight::age(Instant now, Duration lost, const std::function<void(const Message&)>& onLost) {
  const auto buckets = messages_.bucket_count();
  const auto slice = (buckets + kSlices - 1) / kSlices;
  std::vector<std::uint64_t> gone;
  for (std::size_t i = 0; i < slice && buckets > 0; ++i) {
    next_ = (next_ + 1) % buckets;
    for (auto it = messages_.begin(next_); it != messages_.end(next_); ++it) {
      const auto& message = it->second;
      const auto age =
          since(message.ended() || message.processed == 0 ? message.last : message.processed, now);
      if (age > (message.ended() ? kEndedKept : lost)) gone.push_back(it->first);
    }
  }
  for (const auto key : gone) {
    const auto found = messages_.find(key);
    if (!found->second.ended()) {
      --onTheirWay_;
      if (onLost) onLost(found->second);
    }
    messages_.erase(found);
  }
}

std::unordered_map<std::uint16_t, InFlight::Waiting> InFlight::waiting(Instant now, Duration overdueAfter,
                                                                       Duration overdueWithin) const {
  std::unordered_map<std::uint16_t, Waiting> all;
  for (const auto& [key, message] : messages_) {
    if (message.ended()) continue;
    auto& group = all[message.group];
    const auto age = since(message.processed != 0 ? message.processed : message.last, now);
    ++group.messages;
    group.deferred += message.attempts > 0;
    group.overdue += age > overdueAfter && age - overdueAfter <= overdueWithin;
    group.oldest = std::max(group.oldest, age);
  }
  return all;
}

}  // namespace arrivald::stream
