#include "base/local_time.hpp"

namespace arrivald {

std::optional<std::chrono::minutes> parseTimeOfDay(std::string_view text) {
  constexpr int kNone = 99;
  const auto digit = [&](std::size_t at) {
    return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : kNone;
  };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = 10 * digit(0) + digit(1), minute = 10 * digit(3) + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::optional<Instant> parseLocalTime(std::string_view text, const TimeZone& zone) {
  if (const auto iso = parseIso(text)) return *iso;
  constexpr std::size_t kDate = 10;
  const auto date = parseDate(text.substr(0, kDate));
  if (!date) return std::nullopt;
  if (text.size() == kDate) return zone.startOf(*date);
  if (text[kDate] != ' ' && text[kDate] != 'T') return std::nullopt;
  const auto time = parseTimeOfDay(text.substr(kDate + 1));
  if (!time) return std::nullopt;
  return zone.instantsAt(*date + *time).first;
}

}  // namespace arrivald
