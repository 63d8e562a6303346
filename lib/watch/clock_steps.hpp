// ClockSteps: detects that the wall clock was set, while the daemon runs and while it was stopped.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "store/meta_table.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class ClockSteps {
 public:
  ClockSteps(store::Database& database, const Clock& clock) : clock_(clock), meta_(database) {
    detector_.observe(clock_);
  }
  ClockSteps(const ClockSteps&) = delete;
  ClockSteps& operator=(const ClockSteps&) = delete;

  /// By how much the clock was set since the last call; positive means forward.
  Duration observe() { return detector_.observe(clock_); }

  /// How far the latest stored data is ahead of the clock, which was set back while the daemon was stopped.
  /// Zero below two seconds. Call it inside Database::read.
  Duration aheadOfClock();
  /// Stores the time of the latest data. Call it inside a transaction.
  void remember(Instant now);

 private:
  const Clock& clock_;
  store::MetaTable meta_;
  StepDetector detector_;
};

}  // namespace arrivald::watch
