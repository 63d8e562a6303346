// VolumeProfile: how much mail is usual at each quarter hour of the week, learned from the past weeks.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/instant.hpp"
#include "base/time_zone.hpp"
#include "rules/facts.hpp"

namespace arrivald::rules {

/// Requests counted in the quarter hour that begins at `start`, a full quarter hour. Unknown ones are
/// omitted.
struct QuarterCount {
  Instant start;
  std::int64_t requests = 0;
};

/// A value. Learning is linear in the quarter hours of history, expect() in those asked for. Deliberately
/// cautious: it expects only what hardly ever fails to come, so that a weekly or monthly mailing that is
/// missing fires nothing, nor does an office that closes: of three neighbouring quarter hours the one with
/// the least mail counts, since mail is counted minutes after it was requested.
class VolumeProfile {
 public:
  static constexpr Duration kQuarter = std::chrono::minutes(15);

  /// `holidays` count as Sundays, in the history and in expect().
  VolumeProfile(const std::vector<QuarterCount>& history, TimeZone zone, std::set<Date> holidays = {});

  /// Expected requests in (from, to], at most two days. `todayBefore` are the requests counted from the local
  /// midnight before `to` until `from`; they distinguish a day off from a working day without mail.
  std::optional<Expectation> expect(Instant from, Instant to, std::int64_t todayBefore) const;
  /// Facts::expectedOnWorkingDay(). Nothing for a weekday that has been without any mail.
  std::optional<Expectation> expectOnWorkingDay(Instant from, Instant to) const;
  /// The local midnight from which `todayBefore` counts.
  Instant dayStart(Instant to) const;

  int weeks() const { return weeks_; }

 private:
  static constexpr std::size_t kQuarters = 96;
  using Day = std::array<double, kQuarters>;
  class History;

  bool isOff(Date date) const;
  void learnDays(const History& history);
  void learnShape(const History& history);
  double rateAt(std::size_t weekday, std::size_t quarter) const;
  std::size_t quarterAt(Instant at) const;
  double meanOver(Instant from, Instant to, std::optional<int> asWeekday) const;

  TimeZone zone_;
  std::set<Date> holidays_;
  std::array<Day, 7> usual_{};  // requests in a quarter hour, by weekday (0 is Sunday)
  std::array<std::array<double, 24>, 7> hourly_{};
  Day onWorkingDays_{};                // the mean of working days
  std::array<bool, 7> neverSilent_{};  // weekdays that always had mail
  double shapeOfDay_ = 0;              // 0: too few days
  double shape_ = 4;
  int weeks_ = 0;
};

}  // namespace arrivald::rules
