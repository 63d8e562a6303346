// Instant, Duration and Date: time is always a chrono type, never a bare number.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace arrivald {

using Duration = std::chrono::milliseconds;
/// A point in UTC wall time, to the millisecond.
using Instant = std::chrono::sys_time<Duration>;
/// A calendar day without a time zone, as in SendGrid's "2026-11-23".
using Date = std::chrono::local_days;

/// "2026-11-23T05:04:03Z"; the milliseconds are dropped (rounded down).
std::string toIso(Instant instant);
/// Parses RFC 3339: "2026-11-23T05:04:03Z", optionally with a fraction of a second or an offset such as
/// -07:00. Fails with Error::Kind::invalid.
Result<Instant> parseIso(std::string_view text);

/// "2026-11-23"; parseDate() reads the same and fails with Error::Kind::invalid.
std::string toText(Date date);
Result<Date> parseDate(std::string_view text);

/// The shortest exact spelling that parseDuration reads: "90s", "5m", "36h", "1d", "250ms", "0s".
std::string toText(Duration duration);
/// Parses a whole number and one unit of ms, s, m, h, d, w: "60s", "5m", "30d". Fails with
/// Error::Kind::invalid, also above 10 years.
Result<Duration> parseDuration(std::string_view text);

constexpr std::int64_t unixSeconds(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count();
}
constexpr Instant fromUnixSeconds(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }
/// What the store holds, independent of the resolution of Duration.
constexpr std::int64_t unixMilliseconds(Instant instant) {
  return std::chrono::floor<std::chrono::milliseconds>(instant.time_since_epoch()).count();
}
constexpr Instant fromUnixMilliseconds(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds));
}
static_assert(unixMilliseconds(Instant(std::chrono::seconds(86'400))) == 86'400'000);
static_assert(fromUnixMilliseconds(86'400'000) == Instant(std::chrono::seconds(86'400)));

}  // namespace arrivald
