#include "base/instant.hpp"

#include <fmt/format.h>

#include <charconv>

namespace arrivald {
namespace {

using std::chrono::days;
using std::chrono::year_month_day;

// Reads exactly `width` digits at `at`; false if there are not as many.
bool digits(std::string_view text, std::size_t at, std::size_t width, int& value) {
  if (at + width > text.size()) return false;
  value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

Error invalid(std::string_view text, const char* expected) {
  return {Error::Kind::invalid, fmt::format("\"{}\" is not {}", text.substr(0, 40), expected)};
}

struct Unit {
  std::string_view suffix;
  std::int64_t milliseconds;
};
constexpr Unit kUnits[] = {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000},
                           {"m", 60'000},      {"s", 1'000},      {"ms", 1}};
constexpr std::int64_t kLongestDuration = 10LL * 366 * 86'400'000;

}  // namespace

std::string toIso(Instant instant) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  const auto day = std::chrono::floor<days>(seconds);
  const auto rest = (seconds - day).count();
  return fmt::format("{}T{:02}:{:02}:{:02}Z", toText(Date(day.time_since_epoch())), rest / 3600,
                     rest / 60 % 60, rest % 60);
}

Result<Instant> parseIso(std::string_view text) {
  constexpr auto kExpected = "a time such as 2026-11-23T05:04:03Z";
  const auto date = parseDate(text.substr(0, std::min<std::size_t>(10, text.size())));
  int hour = 0, minute = 0, second = 0;
  if (!date || text.size() < 20 || (text[10] != 'T' && text[10] != ' ') || !digits(text, 11, 2, hour) ||
      text[13] != ':' || !digits(text, 14, 2, minute) || text[16] != ':' || !digits(text, 17, 2, second) ||
      hour > 23 || minute > 59 || second > 60)
    return invalid(text, kExpected);
  std::size_t at = 19;
  int milliseconds = 0;
  if (text[at] == '.') {
    int scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      milliseconds += scale * (text[at] - '0');
  }
  std::chrono::minutes offset{};
  if (at == text.size()) return invalid(text, kExpected);
  if (text[at] == '+' || text[at] == '-') {
    int offsetHour = 0, offsetMinute = 0;
    const std::size_t minuteAt = at + 3 < text.size() && text[at + 3] == ':' ? at + 4 : at + 3;
    if (!digits(text, at + 1, 2, offsetHour) || !digits(text, minuteAt, 2, offsetMinute) ||
        minuteAt + 2 != text.size() || offsetHour > 14 || offsetMinute > 59)
      return invalid(text, kExpected);
    offset = std::chrono::minutes((offsetHour * 60 + offsetMinute) * (text[at] == '-' ? -1 : 1));
  } else if (text[at] != 'Z' || at + 1 != text.size()) {
    return invalid(text, kExpected);
  }
  return Instant(date->time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                 std::chrono::seconds(second) + Duration(milliseconds) - offset);
}

std::string toText(Date date) {
  const year_month_day day{date};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

Result<Date> parseDate(std::string_view text) {
  int year = 0, month = 0, day = 0;
  const bool shaped = text.size() == 10 && digits(text, 0, 4, year) && text[4] == '-' &&
                      digits(text, 5, 2, month) && text[7] == '-' && digits(text, 8, 2, day);
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!shaped || !date.ok()) return invalid(text, "a date such as 2026-11-23");
  return Date(date);
}

std::string toText(Duration duration) {
  const auto count = duration.count();
  if (count == 0) return "0s";
  for (const auto& unit : kUnits)
    if (unit.suffix != "w" && count % unit.milliseconds == 0) {
      // As a window 24h reads better than 1d, so days are used from two on.
      if (unit.suffix == "d" && count < 2 * unit.milliseconds) continue;
      return fmt::format("{}{}", count / unit.milliseconds, unit.suffix);
    }
  return fmt::format("{}ms", count);
}

Result<Duration> parseDuration(std::string_view text) {
  constexpr auto kExpected = "a duration such as 60s, 5m, 24h or 30d";
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || count < 0) return invalid(text, kExpected);
  for (const auto& unit : kUnits)
    if (suffix == unit.suffix) {
      if (count > kLongestDuration / unit.milliseconds)
        return Error{Error::Kind::invalid,
                     fmt::format("\"{}\" is longer than ten years", text.substr(0, 40))};
      return Duration(count * unit.milliseconds);
    }
  return invalid(text, kExpected);
}

}  // namespace arrivald
