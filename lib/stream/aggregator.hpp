// Book: what an account's events come to: counts by receiver, category and time, messages on their way, and
// how long mail takes. Whether an event counts at all (duplicates, tests) is decided before.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/ledger.hpp"
#include "stream/domain_groups.hpp"
#include "stream/in_flight.hpp"
#include "stream/latency.hpp"
#include "stream/record.hpp"

namespace arrivald::stream {

/// Counts wait here from one booking to the next, each at the event's own time. Pure; not thread-safe.
class Aggregator {
 public:
  /// Events are booked at their own time up to so far back: the provider tries a batch again for so long.
  static constexpr Duration kLatest = std::chrono::hours(24);
  /// A message without a final word is lost after this: the provider tries for 72 hours.
  static constexpr Duration kLost = std::chrono::hours(73);

  /// `zone` is the account's, whose days the statistics count. `groups` are shared by accounts. Categories
  /// beyond the first `maxCategories` that come often are not told apart.
  Aggregator(std::string account, TimeZone zone, std::shared_ptr<DomainGroups> groups,
             std::size_t maxCategories);

  struct Effect {
    std::uint16_t group = 0;
    std::optional<Duration> latency;  ///< if this event made it known
  };
  /// `count` false: only what is on its way and how long mail takes, of an event that was booked before.
  Effect apply(const Record& record, Instant now, bool count);

  struct Late {
    delivery::Subject subject;
    Instant at;  ///< the end of the minute
    delivery::Counts counts;
  };
  struct Flush {
    std::vector<delivery::Increment> increments;  ///< of every subject known, also those that gained nothing
    std::vector<Late> late;                       ///< of before the last booking
    std::map<Date, delivery::Counts> days;        ///< of the account, by its own days
  };
  /// What was applied since the last booking.
  Flush flush(Instant from, Instant now);
  bool anythingToFlush() const { return anything_; }
  /// Names a category before any event does: those of before a restart.
  void know(std::string_view category) { categoryOf(category, true); }

  InFlight& inFlight() { return inFlight_; }
  const InFlight& inFlight() const { return inFlight_; }

  /// Of the account, a group or a category (whose messages are known summed up only); empty for any other.
  InFlight::Waiting waiting(const delivery::Subject& subject, Instant now, Duration after,
                            Duration within) const;
  const LatencyWindow* latency(const delivery::Subject& subject) const;

 private:
  // Made at need, copied with its owner.
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
  // Points into the map of its own line, so a copy points nowhere.
  struct Within {
    delivery::Counts* counts = nullptr;
    Within() = default;
    Within(const Within&) {}
    Within& operator=(const Within&) {
      counts = nullptr;
      return *this;
    }
  };
  struct Line {
    std::map<std::int64_t, delivery::Counts> minutes;  // gained since the last booking
    std::int64_t minute = -1;  // the last one looked for, which the next event is likely of, too
    Within counts;
    Latency latency;
    bool known = false;
  };
  static constexpr std::uint16_t kNone = 0xFFFF;
  std::uint16_t categoryOf(std::string_view name, bool atOnce);
  void gain(Line& line, std::int64_t minute, EventKind kind);
  static void measure(Line& line, Duration latency, Instant at, Instant now);
  const Line* find(const delivery::Subject& subject) const;
  void flushLine(Line& line, const delivery::Subject& subject, Instant from, Instant now, Flush& flush) const;

  std::string account_;
  TimeZone zone_;
  std::shared_ptr<DomainGroups> groups_;
  std::size_t maxCategories_;
  InFlight inFlight_;
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
