// Schedule: computes when a job runs next. Pure.
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
/// Days: if neither day field begins with *, a date matches when it matches either of them; otherwise it has
/// to match both (POSIX crontab; cron implementations agree).
///
/// Daylight saving time: an expression that restricts the hour runs once for each local time that it names. A
/// local time that is skipped runs at the moment of the change (several such times: once); one that occurs
/// twice runs only the first time. An expression whose hour field allows every hour runs at each instant
/// whose local time matches: not at skipped times, and twice at repeated ones.
class Schedule {
 public:
  /// Every `period`, raised to at least one second. Each wait is drawn uniformly from period · (1 ± jitter):
  /// the mean stays the period, and many daemons do not send their requests at the same time. `jitter` is a
  /// fraction from 0 to 0.5.
  static Schedule every(Duration period, double jitter = 0.1);
  /// Fails with Error::Kind::invalid, naming the field and what is expected there; also if no date ever
  /// matches.
  static Result<Schedule> cron(std::string_view expression, const TimeZone& zone);

  /// The next run, later than `after`. `random` is uniform in [0,1) and selects the jitter; cron has no
  /// jitter. Takes less than 1 ms, even for a date decades ahead.
  Instant next(Instant after, double random) const;

  bool isCron() const { return cron_; }
  /// The time between runs: of `every` the period, of cron the time between the next two runs after `now`.
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
  // Bit n is set if the field allows the value n.
  std::uint64_t minutes_ = 0;
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint16_t months_ = 0;
  std::uint8_t weekdays_ = 0;
  bool anyDay_ = false;
  bool anyWeekday_ = false;
};

}  // namespace arrivald
