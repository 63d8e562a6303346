#include "desk/local_date.hpp"

#include <fmt/format.h>

#include <array>

namespace arrivald::desk {

std::string localDate(Date date, Language language) {
  constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
  const std::chrono::year_month_day parts(date);
  const auto month = static_cast<unsigned>(parts.month()), day = static_cast<unsigned>(parts.day());
  if (language == Language::japanese) return fmt::format("{}月{}日", month, day);
  return fmt::format("{} {}", day, kMonths[(month - 1) % kMonths.size()]);
}

}  // namespace arrivald::desk
