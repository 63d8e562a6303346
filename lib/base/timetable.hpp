// Timetable: when one task's next run is due, on a wall clock that may be set and a machine that may sleep.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/schedule.hpp"

namespace arrivald {

/// Both clocks at one moment.
struct Moment {
  Instant wall{};   ///< may step
  Duration boot{};  ///< never steps, and goes on while the machine is suspended
};
Moment momentOf(const Clock& clock);

/// A value; pure. "every" and what is tried again follow the clock that never steps. Cron follows the wall
/// clock: set forward, what was passed over is made up for by one run; set back by more than a minute, the
/// next run is that of the new time (a smaller step is a correction and repeats nothing).
class Timetable {
 public:
  explicit Timetable(Schedule schedule) : schedule_(std::move(schedule)) {}

  /// The first run is due at once.
  void dueAtOnce(Moment now);
  /// The first run is due when the schedule says so. `random`, here and below: uniform in [0,1), for the
  /// jitter.
  void dueBySchedule(Moment now, double random);

  /// How long to wait at most before asking again, never more than a minute, since the machine does not tell
  /// when its wall clock is set or that it slept; nothing if a run is due.
  std::optional<Duration> left(Moment now);
  /// When the next run is due, in terms of the wall clock of `now`.
  Instant next(Moment now) const;

  /// A run begins. Answers how many runs were missed since the last one, because the machine slept, its clock
  /// was set forward or the run before was not over.
  std::int64_t started(Moment now);
  /// The run is over, and the next one is due by the schedule: "every" from the run's start, but at least a
  /// second after its end.
  void ended(Moment now, double random);
  /// The run is over and is tried again after `wait`.
  void tryAgain(Moment now, Duration wait);

 private:
  std::int64_t missedBy(Moment now) const;

  Schedule schedule_;
  bool byWall_ = false;   // whether dueWall_ is awaited, or dueBoot_
  Instant dueWall_{};     //
  Duration dueBoot_{};    //
  Duration notBefore_{};  // by the clock that never steps
  Instant looked_{};      // the wall clock when it was looked at last
  Instant coveredTo_{};   // cron: what was due up to here has been run
  Moment started_{};
};

}  // namespace arrivald
