// AggregatedStream: what the rules may ask of an event stream, from the counts of an Aggregator.
#pragma once

#include "rules/stream_facts.hpp"
#include "stream/aggregator.hpp"

namespace arrivald::simulation {

/// Refers to the aggregator.
class AggregatedStream : public rules::StreamFacts {
 public:
  using Subject = delivery::Subject;

  explicit AggregatedStream(const stream::Aggregator& aggregator) : aggregator_(aggregator) {}

  bool alive(std::string_view, Instant) const override { return true; }
  Duration outcomeDelay(std::string_view) const override {
    return aggregator_.outcomeDelay().value_or(std::chrono::minutes(5));
  }
  std::optional<Waiting> waiting(const Subject& subject, Duration after, Duration window,
                                 Instant now) const override {
    const auto waiting = aggregator_.waiting(subject, now, after, window);
    Waiting reported{waiting.overdue, waiting.messages, waiting.deferred, waiting.oldest, {}};
    if (const auto* latency = aggregator_.latency(subject))
      reported.usualShare = latency->usualShareBeyond(after, now);
    return reported;
  }
  std::optional<Latency> latency(const Subject&, Duration, Instant) const override { return {}; }
  std::optional<std::int64_t> causeCount(const Subject&, const std::vector<std::string>&, Duration,
                                         Instant) const override {
    return {};
  }
  std::optional<std::vector<Excess>> excessFailures(const Subject& subject, std::int64_t max) const override {
    const auto beyond = aggregator_.failuresBeyond(max, subject);
    if (!beyond) return {};
    std::vector<Excess> all;
    for (const auto& one : *beyond) all.push_back({one.at, one.added, one.failures});
    return all;
  }
  std::optional<DayCompared> dayCompared(std::string_view, Instant) const override { return {}; }
  std::optional<SettingsSeen> streamSettings(std::string_view) const override { return {}; }
  std::optional<std::string> accountStatus(std::string_view) const override { return {}; }

 private:
  const stream::Aggregator& aggregator_;
};

}  // namespace arrivald::simulation
