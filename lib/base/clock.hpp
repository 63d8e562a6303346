// Clock: the one seam through which time enters. Production gives SystemClock; the demo a quicker one; tests
// ManualClock, which stands still until it is told otherwise.
#pragma once

#include <functional>
#include <memory>

#include "base/instant.hpp"

namespace arrivald {

/// Not thread-safe beyond now() and sinceBoot(): subscriptions belong to the loop thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall time, UTC. May step when an administrator or NTP sets it.
  virtual Instant now() const = 0;
  /// Never steps and goes on while the machine is suspended; its zero means nothing.
  virtual Duration sinceBoot() const = 0;
  /// How long to really wait until sinceBoot() has grown by `span`; the greatest duration if only a hook can
  /// tell.
  virtual std::chrono::nanoseconds realTime(Duration span) const = 0;

  /// Calls `hook` whenever waiting times have to be worked out anew. Ends when the subscription is destroyed.
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

/// A clock that starts at `start` and runs `speed` times as fast as the machine's: for the demo.
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

/// Tells a step of the wall clock from the passing of time, by holding it against the clock that never steps.
class StepDetector {
 public:
  /// Differences up to `tolerance` between two looks are slewing, not steps.
  explicit StepDetector(Duration tolerance = std::chrono::seconds(2)) : tolerance_(tolerance) {}
  /// The size of the step since the last look (positive: the wall clock went forward), or zero.
  Duration observe(const Clock& clock);

 private:
  Duration tolerance_;
  bool looked_ = false;
  Duration offset_{};  // wall − boot at the last look
};

}  // namespace arrivald
