// ClockSteps: detects that the wall clock was set, while the daemon runs and while it was stopped, and knows
// whose tables have not followed yet.
#pragma once

#include <map>

#include "base/clock.hpp"
#include "store/meta_table.hpp"
#include "watch/owner.hpp"

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

  /// The tables of `owner`, which outlives this, lack `step`.
  void missed(Owner& owner, Duration step) { missed_[&owner] += step; }
  bool anyMissed() const { return !missed_.empty(); }
  /// Shifts the tables by what they lack; call it inside a transaction, and caughtUp() after its success.
  void storeMissed();
  void caughtUp() { missed_.clear(); }

 private:
  const Clock& clock_;
  store::MetaTable meta_;
  StepDetector detector_;
  std::map<Owner*, Duration> missed_;
};

}  // namespace arrivald::watch
