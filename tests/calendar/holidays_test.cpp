#include "calendar/holidays.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "calendar/hours.hpp"

namespace arrivald::calendar {
namespace {

using namespace std::chrono_literals;

std::string shown(const std::set<Date>& dates) {
  std::string all;
  for (const Date date : dates) all += (all.empty() ? "" : " ") + toText(date).substr(5);
  return all;
}

struct Year {
  int year;
  const char* dates;
};

// As the Cabinet Office published them, of 2028 on as the law gives them.
constexpr Year kYears[] = {
    {2019,
     "01-01 01-14 02-11 03-21 04-29 04-30 05-01 05-02 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-23 "
     "10-14 10-22 11-03 11-04 11-23"},
    {2020,
     "01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-23 07-24 08-10 09-21 09-22 11-03 "
     "11-23"},
    {2021,
     "01-01 01-11 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-22 07-23 08-08 08-09 09-20 09-23 11-03 11-23"},
    {2022, "01-01 01-10 02-11 02-23 03-21 04-29 05-03 05-04 05-05 07-18 08-11 09-19 09-23 10-10 11-03 11-23"},
    {2023,
     "01-01 01-02 01-09 02-11 02-23 03-21 04-29 05-03 05-04 05-05 07-17 08-11 09-18 09-23 10-09 11-03 11-23"},
    {2024,
     "01-01 01-08 02-11 02-12 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-22 09-23 "
     "10-14 11-03 11-04 11-23"},
    {2025,
     "01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-21 08-11 09-15 09-23 10-13 11-03 "
     "11-23 11-24"},
    {2026,
     "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 "
     "11-23"},
    {2027,
     "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 10-11 11-03 11-23"},
    {2028, "01-01 01-10 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-17 08-11 09-18 09-22 10-09 11-03 11-23"},
    {2029,
     "01-01 01-08 02-11 02-12 02-23 03-20 04-29 04-30 05-03 05-04 05-05 07-16 08-11 09-17 09-23 09-24 10-08 "
     "11-03 11-23"},
    {2030,
     "01-01 01-14 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-23 10-14 11-03 "
     "11-04 11-23"},
};

Date on(const char* text) { return parseDate(text).value(); }

}  // namespace

TEST_CASE("the holidays of Japan are those that were published") {
  for (const auto& [year, dates] : kYears) {
    CAPTURE(year);
    CHECK(shown(japaneseHolidays(year)) == dates);
  }
}

TEST_CASE("a day between two holidays is one, wherever the equinox falls") {
  CHECK(japaneseHolidays(2032).contains(on("2032-09-21")));
  CHECK(japaneseHolidays(2026).contains(on("2026-09-22")));
  CHECK_FALSE(japaneseHolidays(2027).contains(on("2027-09-21")));
}

TEST_CASE("years for which the law is not computed have no holidays at all") {
  CHECK(japaneseHolidays(kFirstHolidayYear - 1).empty());
  CHECK(japaneseHolidays(kLastHolidayYear + 1).empty());
  for (int year = kFirstHolidayYear; year <= kLastHolidayYear; ++year) {
    CAPTURE(year);
    const auto holidays = japaneseHolidays(year);
    CHECK(holidays.size() >= 15);
    CHECK(holidays.size() <= 22);
    for (const Date date : holidays) CHECK(toText(date).substr(0, 4) == std::to_string(year));
  }
}

TEST_CASE("a span of every year reaches over its turn") {
  CHECK(shown(daysOf({}, 2026)) == "01-01 01-02 01-03 12-29 12-30 12-31");
  using namespace std::chrono;
  CHECK(shown(daysOf({August / 13, August / 15}, 2026)) == "08-13 08-14 08-15");
}

TEST_CASE("an office is open on its days, at its times, and not on days on which it is closed") {
  const auto zone = TimeZone::find("Asia/Tokyo").value();
  Hours hours;
  hours.closed = japaneseHolidays(2026);
  const auto open = [&](const char* iso) { return isOpen(hours, zone, parseIso(iso).value()); };
  CHECK(open("2026-11-24T08:30:00+09:00"));
  CHECK(open("2026-11-24T17:29:59+09:00"));
  CHECK_FALSE(open("2026-11-24T08:29:59+09:00"));
  CHECK_FALSE(open("2026-11-24T17:30:00+09:00"));
  CHECK_FALSE(open("2026-11-22T12:00:00+09:00"));  // a Sunday
  CHECK_FALSE(open("2026-11-23T12:00:00+09:00"));  // Labour Thanksgiving Day
}

TEST_CASE("the next opening lies behind the days on which it is closed") {
  const auto zone = TimeZone::find("Asia/Tokyo").value();
  Hours hours;
  hours.closed = japaneseHolidays(2026);
  hours.closed.merge(daysOf({}, 2026));
  hours.closed.merge(daysOf({}, 2027));
  const auto next = [&](const char* iso) { return toIso(nextOpening(hours, zone, parseIso(iso).value())); };
  CHECK(next("2026-11-20T18:00:00+09:00") == "2026-11-23T23:30:00Z");
  CHECK(next("2026-11-24T07:00:00+09:00") == "2026-11-23T23:30:00Z");
  CHECK(next("2026-11-24T08:30:00+09:00") == "2026-11-24T23:30:00Z");
  CHECK(next("2026-12-28T18:00:00+09:00") == "2027-01-03T23:30:00Z");
  hours.days = {};
  const auto now = parseIso("2026-11-24T07:00:00+09:00").value();
  CHECK(nextOpening(hours, zone, now) == now + kNeverOpen);
}

}  // namespace arrivald::calendar
