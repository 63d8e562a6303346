// dayOffset: finds the time zone in which the provider counts an account's calendar days. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/time_zone.hpp"
#include "delivery/window.hpp"

namespace arrivald::stream {

/// The offset from UTC at which days begin, in whole half hours, and how well it fits.
struct DayOffset {
  std::chrono::minutes offset{};
  double deviation = 0;  ///< the mails by which statistics and events differ, as a share of all
};

/// Compares the mail processed on closed `days` of the statistics with the stream's, cut at every offset from
/// UTC-12 to UTC+14. Nothing unless the stream covers at least two of the days in every zone, with at least
/// 100 mails, and one offset fits within two percent.
std::optional<DayOffset> dayOffset(const delivery::Series& events,
                                   std::span<const std::pair<Date, std::int64_t>> days, Instant now);

/// "UTC-07:00".
std::string toText(std::chrono::minutes offset);

}  // namespace arrivald::stream
