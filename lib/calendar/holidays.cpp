#include "calendar/holidays.hpp"

#include <array>

namespace arrivald::calendar {
namespace {

using namespace std::chrono;

Date dayOf(int inYear, unsigned inMonth, unsigned inDay) {
  return Date(year(inYear) / month(inMonth) / day(inDay));
}

Date mondayOf(int inYear, unsigned inMonth, unsigned nth) {
  return Date(year(inYear) / month(inMonth) / Monday[nth]);
}

// Mean motion of the equinox in Japan's time since 1980, in days of the month.
unsigned equinox(double in1980, int inYear) {
  constexpr double kDriftPerYear = 0.242194;
  const int since = inYear - 1980;
  return static_cast<unsigned>(static_cast<int>(in1980 + kDriftPerYear * since) - since / 4);
}

// The days that moved for the Olympic games and for the change of the emperor, by special laws.
struct Moved {
  int inYear;
  unsigned fromMonth, toMonth, toDay;
};
constexpr std::array<Moved, 6> kMoved{{{2020, 7, 7, 23},   // Marine Day
                                       {2020, 8, 8, 10},   // Mountain Day
                                       {2020, 10, 7, 24},  // Sports Day
                                       {2021, 7, 7, 22},
                                       {2021, 8, 8, 8},
                                       {2021, 10, 7, 23}}};

Date movable(int inYear, unsigned inMonth, Date usual) {
  for (const auto& [ofYear, fromMonth, toMonth, toDay] : kMoved)
    if (ofYear == inYear && fromMonth == inMonth) return dayOf(inYear, toMonth, toDay);
  return usual;
}

// Article 2, and the special laws.
std::set<Date> named(int y) {
  std::set<Date> days{dayOf(y, 1, 1),
                      mondayOf(y, 1, 2),
                      dayOf(y, 2, 11),
                      dayOf(y, 3, equinox(20.8431, y)),
                      dayOf(y, 4, 29),
                      dayOf(y, 5, 3),
                      dayOf(y, 5, 4),
                      dayOf(y, 5, 5),
                      movable(y, 7, mondayOf(y, 7, 3)),
                      movable(y, 8, dayOf(y, 8, 11)),
                      mondayOf(y, 9, 3),
                      dayOf(y, 9, equinox(23.2488, y)),
                      movable(y, 10, mondayOf(y, 10, 2)),
                      dayOf(y, 11, 3),
                      dayOf(y, 11, 23)};
  if (y >= 2020) days.insert(dayOf(y, 2, 23));
  if (y == 2019) days.insert({dayOf(y, 5, 1), dayOf(y, 10, 22)});
  return days;
}

}  // namespace

std::set<Date> japaneseHolidays(int ofYear) {
  if (ofYear < kFirstHolidayYear || ofYear > kLastHolidayYear) return {};
  const auto article2 = named(ofYear);
  auto all = article2;
  for (const Date date : article2) {
    if (weekday(date) != Sunday) continue;
    auto substitute = date + days(1);
    while (article2.contains(substitute)) substitute += days(1);
    all.insert(substitute);
  }
  for (const Date date : article2)
    if (const auto between = date + days(1); article2.contains(date + days(2)) && !article2.contains(between))
      all.insert(between);
  return all;
}

std::set<Date> daysOf(const YearlySpan& span, int ofYear) {
  std::set<Date> all;
  const auto add = [&](month_day first, month_day last) {
    const auto begin = year(ofYear) / first.month() / first.day(),
               end = year(ofYear) / last.month() / last.day();
    // The 29th of February of another year is the 1st of March.
    for (auto date = Date(begin); date <= Date(end); date += days(1)) all.insert(date);
  };
  if (span.first <= span.last) {
    add(span.first, span.last);
  } else {
    add(January / 1, span.last);
    add(span.first, December / 31);
  }
  return all;
}

}  // namespace arrivald::calendar
