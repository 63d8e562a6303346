// time_text: a time for people, never without its zone. Pure.
#pragma once

#include <string>

#include "base/time_zone.hpp"

namespace arrivald::watch {

/// "2026-11-23 14:04 (Asia/Tokyo)".
inline std::string timeText(const TimeZone& zone, Instant at) {
  return zone.minuteText(at) + " (" + zone.name() + ")";
}

}  // namespace arrivald::watch
