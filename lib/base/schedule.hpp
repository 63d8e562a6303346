// Schedule: when something is due next. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/time_zone.hpp"

namespace arrivald {

/// Either "every 60 s", or a cron expression in a time zone. A value.
///
/// Cron has five fields (minute hour day-of-month month day-of-week), each *, a number, a name (jan…dec,
/// sun…sat), a range a-b, a step */n or a-b/n, or a list of those; also @hourly, @daily, @weekly, @monthly.
/// As in every cron, a time matches either day field if both are restricted. When clocks go forward, a run
/// that falls into the skipped hour comes at its end, once; when they go back, a run comes at the first of
/// the two readings, but an expression whose hour is * runs in both.
class Schedule {
 public:
  /// Every `period` (at least a second), each run shifted by up to `jitter` (a share from 0 to 1) of it.
  static Schedule every(Duration period, double jitter = 0.1);
  static Result<Schedule> cron(std::string_view expression, const TimeZone& zone);

  /// The next run after `after`. `random` is uniform in [0,1) and decides the jitter.
  Instant next(Instant after, double random) const;

  bool isCron() const { return cron_; }
  /// Of `every`; of cron the usual distance: that of the next two runs after `now`.
  Duration period(Instant now) const;
  /// "every 60s" or "at 17 3 * * * (Asia/Tokyo)".
  std::string text() const;

  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  Schedule() = default;
  Instant nextCron(Instant after) const;
  bool dayMatches(Date date) const;

  bool cron_ = false;
  Duration period_{};
  double jitter_ = 0;
  std::string expression_;
  TimeZone zone_;
  std::uint64_t minutes_ = 0;  // one bit a value
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint16_t months_ = 0;
  std::uint8_t weekdays_ = 0;
  bool everyHour_ = false;
  bool everyDay_ = false;
  bool everyWeekday_ = false;
};

}  // namespace arrivald
