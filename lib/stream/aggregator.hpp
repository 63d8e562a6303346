// Aggregator: aggregates an account's events: counts by domain group, category and minute, messages in
// flight, and delivery latency. Duplicates and test events are filtered out before.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/ledger.hpp"
#include "stream/domain_groups.hpp"
#include "stream/failure_clusters.hpp"
#include "stream/in_flight.hpp"
#include "stream/latency.hpp"
#include "stream/outcome_delay.hpp"
#include "stream/record.hpp"

namespace arrivald::stream {

/// Counts are collected here from one flush() to the next, each at its event's own time. Pure; not
/// thread-safe.
class Aggregator {
 public:
  /// Events are counted at their own time if they are at most this old: SendGrid retries a batch for 24
  /// hours.
  static constexpr Duration kLatest = std::chrono::hours(24);
  /// A message without a final event is lost after this: SendGrid retries a deferred message for 72 hours.
  static constexpr Duration kLost = std::chrono::hours(73);

  /// `zone` is the account's: its days are those of the statistics. `groups` is shared by accounts. Only the
  /// first `maxCategories` categories that occur often are counted separately.
  Aggregator(std::string account, TimeZone zone, std::shared_ptr<DomainGroups> groups,
             std::size_t maxCategories);

  struct Effect {
    std::uint16_t group = 0;
    std::optional<Duration> latency;  ///< from processed to delivered, if this event completed the pair
    bool finished = false;            ///< this is the mail's first final outcome
    /// The mail's first category, if that has counts of its own; else empty. Of the record's bytes.
    std::string_view category = {};
  };
  /// `count` false: updates only messages in flight, latency and failure clusters, for an event that was
  /// counted before, when it was received (replay).
  Effect apply(const Record& record, Instant now, bool count) { return apply(record, now, count, now); }
  Effect apply(const Record& record, Instant now, bool count, Instant received);

  struct Late {
    delivery::Subject subject;
    Instant at;  ///< the end of the minute
    delivery::Counts counts;
  };
  struct Flush {
    std::vector<delivery::Increment> increments;  ///< of every known subject, including those without a gain
    std::vector<Late> late;                       ///< counts of minutes that ended before `from`
    std::map<Date, delivery::Counts> days;        ///< of the whole account, by days of its time zone
  };
  /// Returns and clears what was applied since the last flush, which was at `from`.
  Flush flush(Instant from, Instant now);
  bool anythingToFlush() const { return anything_; }
  /// Gives a category counts of its own before any event names it: for those known before a restart.
  void know(std::string_view category) { categoryOf(category, true); }

  InFlight& inFlight() { return inFlight_; }
  const InFlight& inFlight() const { return inFlight_; }

  /// Messages in flight of the account or a domain group; zero for any other subject (they are not tracked by
  /// category). `after` and `within` as in InFlight::waiting().
  InFlight::Waiting waiting(const delivery::Subject& subject, Instant now, Duration after,
                            Duration within) const;
  /// Null if nothing was measured for the subject. Valid until the next apply().
  const LatencyWindow* latency(const delivery::Subject& subject) const;
  /// Failures of the account or a domain group beyond the first `max` of each recipient domain and minute;
  /// nothing for any other subject.
  std::optional<std::vector<FailureClusters::Excess>> failuresBeyond(std::int64_t max,
                                                                     const delivery::Subject& subject) const;
  /// How late outcomes are told; nothing if it is not known yet.
  std::optional<Duration> outcomeDelay() const { return outcomeDelay_.nineInTen(); }
  /// Moves failure clusters by a step of the wall clock, as the windows are.
  void shift(Duration step) { clusters_.shift(step); }

 private:
  // Allocated at the first measurement; copied with its owner.
  class Latency {
   public:
    Latency() = default;
    Latency(Latency&&) = default;
    Latency& operator=(Latency&&) = default;
    Latency(const Latency& other)
        : window_(other.window_ ? std::make_unique<LatencyWindow>(*other.window_) : nullptr) {}
    Latency& operator=(const Latency& other) { return *this = Latency(other); }
    LatencyWindow& make() {
      if (!window_) window_ = std::make_unique<LatencyWindow>();
      return *window_;
    }
    const LatencyWindow* get() const { return window_.get(); }

   private:
    std::unique_ptr<LatencyWindow> window_;
  };
  // Points into the map of its own Line, so a copy is null.
  struct Within {
    delivery::Counts* counts = nullptr;
    Within() = default;
    Within(const Within&) {}
    Within& operator=(const Within& other) {
      if (this != &other) counts = nullptr;
      return *this;
    }
  };
  struct Line {
    std::map<std::int64_t, delivery::Counts> minutes;  // since the last flush, by minute since 1970
    std::int64_t minute = -1;  // the minute that `counts` points to: the next event is likely to share it
    Within counts;
    Latency latency;
    bool known = false;
  };
  static constexpr std::uint16_t kNone = 0xFFFF;
  std::uint16_t categoryOf(std::string_view name, bool atOnce);
  delivery::Counts& countsOf(Line& line, std::int64_t minute);
  static void measure(Line& line, Duration latency, Instant at, Instant now);
  const Line* find(const delivery::Subject& subject) const;
  void flushLine(Line& line, const delivery::Subject& subject, Instant from, Instant now, Flush& flush) const;

  std::string account_;
  TimeZone zone_;
  std::shared_ptr<DomainGroups> groups_;
  std::size_t maxCategories_;
  InFlight inFlight_;
  FailureClusters clusters_;
  OutcomeDelay outcomeDelay_;
  Line whole_;
  std::vector<Line> byGroup_;
  std::vector<Line> byCategory_;
  std::vector<std::string> categories_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> categoryIds_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> candidates_;  // bounded
  bool anything_ = false;
};

}  // namespace arrivald::stream
