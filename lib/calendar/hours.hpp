// Hours: when an office is open: days of the week, times of the day, and the days on which it is closed.
// Pure.
#pragma once

#include <array>
#include <set>

#include "base/instant.hpp"
#include "base/time_zone.hpp"

namespace arrivald::calendar {

struct Hours {
  /// By std::chrono::weekday::c_encoding(): 0 is Sunday.
  std::array<bool, 7> days{false, true, true, true, true, true, false};
  std::chrono::minutes from{std::chrono::hours(8) + std::chrono::minutes(30)};
  std::chrono::minutes to{std::chrono::hours(17) + std::chrono::minutes(30)};  ///< after `from`; excluded
  std::set<Date> closed = {};
  friend bool operator==(const Hours&, const Hours&) = default;
};

/// In the local time of `zone`.
bool isOpen(const Hours& hours, const TimeZone& zone, Instant now);
/// The next opening after `now`; `now` plus kNeverOpen where none comes within that time.
inline constexpr Duration kNeverOpen = std::chrono::days(60);
Instant nextOpening(const Hours& hours, const TimeZone& zone, Instant now);

}  // namespace arrivald::calendar
