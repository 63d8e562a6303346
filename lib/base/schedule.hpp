// Schedule: when something is due next. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/time_zone.hpp"

namespace arrivald {

/// Either "every 60 s", or a cron expression in a time zone. A value.
///
/// Cron has five fields: minute (0–59), hour (0–23), day of the month (1–31), month (1–12 or jan–dec), day of
/// the week (0–7 or sun–sat; 0 and 7 are Sunday). Each is *, a value, a range a-b, any of these with a step
/// (*/n, a-b/n, and a/n for "from a on"), or a list of such parts. @hourly, @daily (@midnight), @weekly,
/// @monthly and @yearly (@annually) stand for whole expressions.
///
/// Which day: if both day fields begin with something else than *, a date that matches either will do;
/// otherwise it has to match both (POSIX, and what every cron does).
///
/// Daylight saving: an expression for certain hours runs once for every local time it names. A time that is
/// skipped when clocks go forward runs at the moment of the change (several such times: once), a time that
/// comes twice when they go back runs the first time only. An expression whose hour field allows every hour
/// runs whenever clocks show a matching time: not at skipped ones, and at both of a doubled one.
class Schedule {
 public:
  /// Every `period`, which is taken as at least a second. Each wait is drawn evenly from period · (1 ±
  /// jitter), so that the mean stays the period and many daemons do not call in step; `jitter` is a share
  /// from 0 to 0.5.
  static Schedule every(Duration period, double jitter = 0.1);
  /// Error::Kind::invalid names the field and what was expected there; also for dates that never come.
  static Result<Schedule> cron(std::string_view expression, const TimeZone& zone);

  /// The next run after `after`, never `after` itself. `random` is uniform in [0,1) and decides the jitter;
  /// cron has none. Bounded work: less than 1 ms even for a date decades away.
  Instant next(Instant after, double random) const;

  bool isCron() const { return cron_; }
  /// How far apart runs are: of `every` the period; of cron the distance of the next two runs after `now`.
  Duration period(Instant now) const;
  /// "every 60s", or "at 17 3 * * * (Asia/Tokyo)".
  std::string text() const;

  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  Schedule() = default;
  Instant nextReading(Instant after) const;
  Instant nextOnce(Instant after) const;
  bool dayMatches(Date date) const;

  bool cron_ = false;
  Duration period_{};
  double jitter_ = 0;
  std::string expression_;
  TimeZone zone_;
  // One bit a value.
  std::uint64_t minutes_ = 0;
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint16_t months_ = 0;
  std::uint8_t weekdays_ = 0;
  bool anyDay_ = false;
  bool anyWeekday_ = false;
};

}  // namespace arrivald
