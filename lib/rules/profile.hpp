// VolumeProfile: how much mail is usual at which hour of which day, learned from the past weeks.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/instant.hpp"
#include "base/time_zone.hpp"
#include "rules/facts.hpp"

namespace arrivald::rules {

/// Requests counted in the hour that begins at `start`. Hours that are not known are left out.
struct HourCount {
  Instant start;
  std::int64_t requests = 0;
};

/// A value; learning looks at every hour once, asking at every hour of the stretch. Deliberately cautious:
/// what it expects is what hardly ever fails to come, so a mailing once a week or a month's end raises
/// nothing.
class VolumeProfile {
 public:
  /// `holidays` count as Sundays, in learning and in expecting.
  VolumeProfile(const std::vector<HourCount>& history, TimeZone zone, std::set<Date> holidays = {});

  /// Requests to expect in (from, to], at most two days. `todayBefore` are the requests counted from the
  /// local midnight before `to` until `from`: they tell a day off from a working day that has gone silent.
  std::optional<Expectation> expect(Instant from, Instant to, std::int64_t todayBefore) const;
  /// The local midnight that `todayBefore` is counted from.
  Instant dayStart(Instant to) const;

  int weeks() const { return weeks_; }

 private:
  bool isOff(Date date) const;
  double rateAt(Instant at, std::optional<int> asWeekday) const;
  double meanOver(Instant from, Instant to, std::optional<int> asWeekday) const;

  TimeZone zone_;
  std::set<Date> holidays_;
  std::array<std::array<double, 24>, 7> usual_{};  // requests an hour, by weekday (0 is Sunday) and hour
  double shape_ = 4;
  int weeks_ = 0;
};

}  // namespace arrivald::rules
