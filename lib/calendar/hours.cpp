#include "calendar/hours.hpp"

namespace arrivald::calendar {
namespace {

bool isOpenOn(const Hours& hours, Date date) {
  return hours.days.at(std::chrono::weekday(date).c_encoding()) && !hours.closed.contains(date);
}

}  // namespace

bool isOpen(const Hours& hours, const TimeZone& zone, Instant now) {
  const auto local = zone.local(now);
  const auto date = std::chrono::floor<std::chrono::days>(local);
  return isOpenOn(hours, date) && local - date >= hours.from && local - date < hours.to;
}

Instant nextOpening(const Hours& hours, const TimeZone& zone, Instant now) {
  const auto today = zone.dateOf(now);
  for (auto date = today; date <= today + std::chrono::floor<std::chrono::days>(kNeverOpen);
       date += std::chrono::days(1)) {
    if (!isOpenOn(hours, date)) continue;
    const auto opening = zone.instantsAt(date + hours.from).first;
    if (opening > now) return opening;
  }
  return now + kNeverOpen;
}

}  // namespace arrivald::calendar
