// ManualClock: time that stands still until the test moves it.
#pragma once

#include <list>

#include "base/clock.hpp"

namespace arrivald::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = parseIso("2026-11-23T00:00:00Z").value()) : now_(start) {}

  Instant now() const override { return now_; }
  Duration sinceBoot() const override { return boot_; }
  std::chrono::nanoseconds realTime(Duration span) const override {
    return span <= Duration::zero() ? std::chrono::nanoseconds::zero() : std::chrono::nanoseconds::max();
  }
  Subscription onChange(std::function<void()> hook) override {
    auto kept = std::make_shared<std::function<void()>>(std::move(hook));
    hooks_.push_back(kept);
    return kept;
  }

  /// Lets time pass.
  void advance(Duration span) {
    now_ += span;
    boot_ += span;
    tell();
  }
  /// Sets the wall clock without time passing, as an administrator does.
  void step(Duration span) {
    now_ += span;
    tell();
  }

 private:
  void tell() {
    hooks_.remove_if([](const auto& hook) { return hook.expired(); });
    const auto current = hooks_;
    for (const auto& weak : current)
      if (const auto hook = weak.lock()) (*hook)();
  }
  Instant now_;
  Duration boot_{std::chrono::hours(1)};
  std::list<std::weak_ptr<std::function<void()>>> hooks_;
};

}  // namespace arrivald::testing
