// Local times as people give them. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time_zone.hpp"

namespace arrivald {

/// "18:00", as the time since midnight; at most 23:59.
std::optional<std::chrono::minutes> parseTimeOfDay(std::string_view text);

/// RFC 3339, or "2026-11-28 18:00", "2026-11-28T18:00" or "2026-11-28" in the zone. Of a time that the clocks
/// pass twice the first, of one that they skip the moment of the change.
std::optional<Instant> parseLocalTime(std::string_view text, const TimeZone& zone);

}  // namespace arrivald
