// VolumeProfile: how much mail is usual at each hour of the week, learned from the past weeks.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/instant.hpp"
#include "base/time_zone.hpp"
#include "rules/facts.hpp"

namespace arrivald::rules {

/// Requests counted in the hour that begins at `start`. Unknown hours are omitted.
struct HourCount {
  Instant start;
  std::int64_t requests = 0;
};

/// A value. Learning is linear in the hours of history, expect() in the hours asked for. Deliberately
/// cautious: it expects only what hardly ever fails to come, so that a weekly or monthly mailing that is
/// missing fires nothing.
class VolumeProfile {
 public:
  /// `holidays` count as Sundays, in the history and in expect().
  VolumeProfile(const std::vector<HourCount>& history, TimeZone zone, std::set<Date> holidays = {});

  /// Expected requests in (from, to], at most two days. `todayBefore` are the requests counted from the local
  /// midnight before `to` until `from`; they distinguish a day off from a working day without mail.
  std::optional<Expectation> expect(Instant from, Instant to, std::int64_t todayBefore) const;
  /// The local midnight from which `todayBefore` counts.
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
