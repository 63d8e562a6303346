// DeskClockSteps: moves the times of the desk's state with the wall clock.
#pragma once

#include "base/clock.hpp"
#include "store/database.hpp"

namespace arrivald {

struct DeskState;

/// Resource; loop thread only. Releases move in desk::keepReleasing().
class DeskClockSteps {
 public:
  DeskClockSteps(DeskState& state, store::Database& database, const Clock& clock);
  DeskClockSteps(const DeskClockSteps&) = delete;
  DeskClockSteps& operator=(const DeskClockSteps&) = delete;

  /// Call it often, and before anything gets a time: if the wall clock was set, sessions, waits of log-ins,
  /// ticks, the last digest and what is kept for a while move with it, so that their ages do not change.
  void notice();

 private:
  DeskState& state_;
  store::Database& database_;
  const Clock& clock_;
  StepDetector detector_;
  Duration missed_{};  // steps that the store lacks
};

}  // namespace arrivald
