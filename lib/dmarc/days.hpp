// days: which days the messages of a report belong to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aggregate/report.hpp"
#include "base/instant.hpp"
#include "base/time_zone.hpp"
#include "dmarc/alignment.hpp"
#include "dmarc/sender.hpp"

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

/// What became of messages, and why. Stored as one number.
struct Fate {
  Aligned aligned = Aligned::none;
  aggregate::Disposition disposition = aggregate::Disposition::none;
  std::optional<FailureCause> cause;  ///< of those that failed
  bool relayed = false;  ///< the receiver took them for forwarded, or for those of a mailing list

  std::uint16_t number() const;
  static Fate of(std::uint16_t number);
  friend auto operator<=>(const Fate&, const Fate&) = default;
};
Fate fateOf(const aggregate::Report& report, const aggregate::Row& row);

/// What the messages of a day are summed by.
struct DayKey {
  Date day;
  std::string domain;      ///< whose policy it is
  std::string headerFrom;  ///< it, or a subdomain
  std::string reporter;
  Sender sender;
  Fate fate;
  friend auto operator<=>(const DayKey&, const DayKey&) = default;
};
/// Adding what each report comes to gives the days; what a report added can be taken away again.
using DayCounts = std::map<DayKey, std::uint64_t>;
/// Whoever forges mail chooses what stands in reports: beyond so many senders and header domains of one, the
/// rest is summed as of one sender without a name.
inline constexpr std::size_t kMaxSendersPerReport = 2000;
DayCounts dayCountsOf(const aggregate::Report& report, const TimeZone& zone);

}  // namespace arrivald::dmarc
