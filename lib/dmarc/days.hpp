// days: which days the messages of a report belong to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aggregate/report.hpp"
#include "base/instant.hpp"
#include "base/time_zone.hpp"
#include "dmarc/alignment.hpp"

namespace arrivald::dmarc {

struct DayShare {
  Date day;
  std::int64_t seconds;  ///< of the period that lie in it; 1 if there is only one day
  friend bool operator==(const DayShare&, const DayShare&) = default;
};

/// The day of the middle of the period, which is the day that people mean: a day in UTC, a day in Japan, and
/// the hours from the first mail to the last are all reports about it. A period of more than 36 hours has all
/// its days, in proportion.
std::vector<DayShare> daysOf(const aggregate::Period& period, const TimeZone& zone);

/// `count` in whole messages over the days, by the largest remainder; of equal ones the earlier day gets it.
std::vector<std::uint64_t> spread(std::uint64_t count, const std::vector<DayShare>& days);

/// What the messages of a day are summed by.
struct DayKey {
  Date day;
  std::string domain;      ///< whose policy it is
  std::string headerFrom;  ///< it, or a subdomain
  std::string reporter;
  aggregate::IpAddress source;
  Aligned aligned = Aligned::none;
  aggregate::Disposition disposition = aggregate::Disposition::none;
  friend auto operator<=>(const DayKey&, const DayKey&) = default;
};
/// Adding what each report comes to gives the days; what a report added can be taken away again.
using DayCounts = std::map<DayKey, std::uint64_t>;
DayCounts dayCountsOf(const aggregate::Report& report, const TimeZone& zone);

}  // namespace arrivald::dmarc
