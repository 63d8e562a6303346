// Holidays: the public holidays of Japan, computed by the law (Act on National Holidays, 1948), without a
// list to be downloaded. Pure.
#pragma once

#include <chrono>
#include <set>

#include "base/instant.hpp"

namespace arrivald::calendar {

/// The years that are right: before them other days were holidays; after them the equinoxes are not known.
inline constexpr int kFirstHolidayYear = 2019;
inline constexpr int kLastHolidayYear = 2099;

/// The holidays of a year with substitute holidays (article 3, paragraph 2), days between two holidays
/// (paragraph 3), and the special laws of 2019 to 2021. Equinoxes are computed; the official ones are
/// published in February of the year before. Empty for years that are not right.
std::set<Date> japaneseHolidays(int year);

/// A part of every year, such as from 12-29 to 01-03, also over its turn.
struct YearlySpan {
  std::chrono::month_day first{std::chrono::December / 29};
  std::chrono::month_day last{std::chrono::January / 3};
  friend bool operator==(const YearlySpan&, const YearlySpan&) = default;
};
/// Its days that lie in the year; the 29th of February only in leap years.
std::set<Date> daysOf(const YearlySpan& span, int year);

}  // namespace arrivald::calendar
