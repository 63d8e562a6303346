// Timetable: when a task's next run is due, although the wall clock may be set and the machine suspended.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/schedule.hpp"

namespace arrivald {

/// Both clocks at one moment.
struct Moment {
  Instant wall{};   ///< wall clock, UTC; may step
  Duration boot{};  ///< Clock::sinceBoot(): monotonic, advances while the machine is suspended
};
Moment momentOf(const Clock& clock);

/// A value; pure, not thread-safe. "every" schedules and retries follow the monotonic clock. Cron schedules
/// follow the wall clock: if it is set forward, one run makes up for all that were skipped; if it is set back
/// by more than a minute, the next run is the next match of the new time (a smaller step is a correction and
/// repeats no run).
class Timetable {
 public:
  explicit Timetable(Schedule schedule) : schedule_(std::move(schedule)) {}

  /// The first run is due at once.
  void dueAtOnce(Moment now);
  /// The first run is due at the schedule's next time. `random`, here and below, is uniform in [0,1) and
  /// selects the jitter.
  void dueBySchedule(Moment now, double random);

  /// How long to wait before calling this again: at most a minute, since nothing notifies the process when
  /// the wall clock is set or the machine was suspended. Empty if a run is due.
  std::optional<Duration> left(Moment now);
  /// When the next run is due, on the wall clock as it is in `now`.
  Instant next(Moment now) const;

  /// A run begins. Returns how many runs were missed since the last one (at most 1000) because the machine
  /// was suspended, its clock was set forward or the previous run took too long.
  std::int64_t started(Moment now);
  /// The run has ended and the next one is due by the schedule: for "every" one period after the run's start,
  /// and always at least a second after its end.
  void ended(Moment now, double random);
  /// The run has ended and is retried after `wait`.
  void tryAgain(Moment now, Duration wait);

 private:
  std::int64_t missedBy(Moment now) const;

  Schedule schedule_;
  bool byWall_ = false;   // true: dueWall_ applies; false: dueBoot_
  Instant dueWall_{};     // due time on the wall clock
  Duration dueBoot_{};    // due time on the monotonic clock
  Duration notBefore_{};  // on the monotonic clock: no run begins earlier
  Instant looked_{};      // the wall clock at the last call of left() or started()
  Instant coveredTo_{};   // cron: all runs due up to this instant have been run
  Moment started_{};
};

}  // namespace arrivald
