// Clock: the interface through which all code reads the time. Production uses SystemClock, the demo
// AcceleratedClock, and tests ManualClock, which advances only when a test advances it.
#pragma once

#include <functional>
#include <memory>

#include "base/instant.hpp"

namespace arrivald {

/// now() and sinceBoot() may be called from any thread; onChange() and its subscriptions belong to the loop
/// thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall time, UTC. May step when an administrator or NTP sets it.
  virtual Instant now() const = 0;
  /// Monotonic, and advances while the machine is suspended (CLOCK_BOOTTIME). Its origin is unspecified: only
  /// differences have a meaning.
  virtual Duration sinceBoot() const = 0;
  /// How much real time passes until sinceBoot() has advanced by `span`. The maximum duration if this clock
  /// advances only by hand; then the hooks of onChange() report that it has.
  virtual std::chrono::nanoseconds realTime(Duration span) const = 0;

  /// Calls `hook` on the loop thread whenever the clock was advanced by hand, so that waits must be computed
  /// anew. The caller owns the subscription; destroying it unsubscribes. Null from clocks that run by
  /// themselves.
  using Subscription = std::shared_ptr<void>;
  [[nodiscard]] virtual Subscription onChange(std::function<void()> hook) = 0;
};

/// The machine's clocks: CLOCK_REALTIME and CLOCK_BOOTTIME.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Duration sinceBoot() const override;
  std::chrono::nanoseconds realTime(Duration span) const override { return span; }
  Subscription onChange(std::function<void()>) override { return nullptr; }
};

/// A clock that starts at `start` and runs `speed` times as fast as the machine's, without steps: for the
/// demo.
class AcceleratedClock final : public Clock {
 public:
  AcceleratedClock(Instant start, double speed);
  Instant now() const override { return start_ + sinceBoot(); }
  Duration sinceBoot() const override;
  std::chrono::nanoseconds realTime(Duration span) const override;
  Subscription onChange(std::function<void()>) override { return nullptr; }

 private:
  SystemClock system_;
  Instant start_;
  double speed_;
  Duration begun_;
};

/// Detects steps of the wall clock by comparing it with the monotonic clock. A value; not thread-safe.
class StepDetector {
 public:
  /// Differences up to `tolerance` between two observations are clock slewing, not steps.
  explicit StepDetector(Duration tolerance = std::chrono::seconds(2)) : tolerance_(tolerance) {}
  /// The size of the step since the last observation (positive: the wall clock was set forward); zero if
  /// there was none, or at the first observation.
  Duration observe(const Clock& clock);

 private:
  Duration tolerance_;
  bool looked_ = false;
  Duration offset_{};  // wall − boot at the last observation
};

}  // namespace arrivald
