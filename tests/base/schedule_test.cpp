#include "base/schedule.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace arrivald;
using namespace std::chrono_literals;

namespace {

Instant at(const char* text) { return parseIso(text).value(); }
TimeZone zoneNamed(const char* name) { return TimeZone::find(name).value(); }
Schedule cron(const std::string& expression, const char* zone) {
  return Schedule::cron(expression, zoneNamed(zone)).value();
}
std::string nextOf(const char* expression, const char* zone, const char* after) {
  return toIso(cron(expression, zone).next(at(after), 0));
}

}  // namespace

TEST_CASE("every: each wait is drawn evenly around the period") {
  const auto schedule = Schedule::every(60s, 0.1);
  const auto now = at("2026-11-23T00:00:00Z");
  CHECK((schedule.next(now, 0.0) == now + 54s));
  CHECK((schedule.next(now, 0.5) == now + 60s));
  CHECK((schedule.next(now, 0.75) == now + 63s));
  CHECK((Schedule::every(60s, 0).next(now, 0.9) == now + 60s));
  CHECK(schedule.text() == "every 1m");
  CHECK((schedule.period(now) == 60s));
  CHECK_FALSE(schedule.isCron());
}

TEST_CASE("every: invalid values are clamped, and the next run is always later") {
  const auto now = at("2026-11-23T00:00:00Z");
  CHECK((Schedule::every(0s).period(now) == 1s));
  CHECK((Schedule::every(10s, 7).next(now, 0) == now + 5s));
}

TEST_CASE("cron: the next time that matches, as a clock in the zone shows it") {
  CHECK(nextOf("17 3 * * *", "Asia/Tokyo", "2026-11-23T00:00:00Z") == "2026-11-23T18:17:00Z");
  CHECK(nextOf("*/15 * * * *", "UTC", "2026-11-23T00:01:00Z") == "2026-11-23T00:15:00Z");
  CHECK(nextOf("*/15 * * * *", "Asia/Kathmandu", "2026-11-23T00:01:00Z") == "2026-11-23T00:15:00Z");
  CHECK(nextOf("0 9 * * mon-fri", "Asia/Tokyo", "2026-11-20T00:00:00Z") == "2026-11-23T00:00:00Z");
  CHECK(nextOf("5,35 8-18/5 * * *", "UTC", "2026-11-23T08:35:00Z") == "2026-11-23T13:05:00Z");
  CHECK(nextOf("10/20 0 * * *", "UTC", "2026-11-23T00:10:00Z") == "2026-11-23T00:30:00Z");
  CHECK(nextOf("0 0 1 JAN,Jul *", "UTC", "2026-11-23T00:00:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("cron: a run is always after the given instant, never at it") {
  CHECK(nextOf("* * * * *", "UTC", "2026-11-23T00:00:00Z") == "2026-11-23T00:01:00Z");
  CHECK(nextOf("0 3 * * *", "UTC", "2026-11-23T03:00:00Z") == "2026-11-24T03:00:00Z");
  CHECK(toIso(cron("0 3 * * *", "UTC").next(at("2026-11-23T03:00:00Z") - 1ms, 0)) == "2026-11-23T03:00:00Z");
}

TEST_CASE("cron: names for whole expressions") {
  CHECK(nextOf("@hourly", "UTC", "2026-11-23T05:30:00Z") == "2026-11-23T06:00:00Z");
  CHECK(nextOf("@daily", "Asia/Tokyo", "2026-11-23T05:30:00Z") == "2026-11-23T15:00:00Z");
  CHECK(nextOf("@weekly", "UTC", "2026-11-23T05:30:00Z") == "2026-11-29T00:00:00Z");
  CHECK(nextOf("@monthly", "UTC", "2026-11-23T05:30:00Z") == "2026-12-01T00:00:00Z");
  CHECK(nextOf("@yearly", "UTC", "2026-11-23T05:30:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("cron: with both day fields given, either will do; with one of them *, both have to match") {
  // 2026-12-13 is a Sunday; the Friday before it comes first.
  CHECK(nextOf("0 0 13 * 5", "UTC", "2026-12-08T00:00:00Z") == "2026-12-11T00:00:00Z");
  CHECK(nextOf("0 0 13 * 5", "UTC", "2026-12-11T00:00:00Z") == "2026-12-13T00:00:00Z");
  CHECK(nextOf("0 0 13 * *", "UTC", "2026-12-08T00:00:00Z") == "2026-12-13T00:00:00Z");
  // A field that begins with * does not open the other: the 13th, and a Sunday, Tuesday, Thursday or
  // Saturday.
  CHECK(nextOf("0 0 13 * */2", "UTC", "2027-01-01T00:00:00Z") == "2027-02-13T00:00:00Z");
}

TEST_CASE("cron: Sunday is 0 and 7, and * means each day once") {
  for (const auto* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 7-7"})
    CHECK(nextOf(sunday, "UTC", "2026-12-08T00:00:00Z") == "2026-12-13T00:00:00Z");
  CHECK(nextOf("0 0 * * 6-7", "UTC", "2026-12-12T00:00:00Z") == "2026-12-13T00:00:00Z");
  // Every third day from Sunday on: 0, 3 and 6, not 7.
  CHECK(nextOf("0 0 * * */3", "UTC", "2026-12-07T00:00:00Z") == "2026-12-09T00:00:00Z");
}

TEST_CASE("cron: leap days are found, even 40 years ahead") {
  CHECK(nextOf("0 0 29 feb *", "UTC", "2026-11-23T00:00:00Z") == "2028-02-29T00:00:00Z");
  CHECK(nextOf("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z") == "2104-02-29T00:00:00Z");
  // Not 2100, which is no leap year: 29 February is a Monday in 2072 and next in 2112.
  CHECK(nextOf("0 0 29 2 *", "Asia/Tokyo", "2028-02-28T15:00:00Z") == "2032-02-28T15:00:00Z");
  CHECK(nextOf("0 0 */28 2 */6", "UTC", "2072-03-01T00:00:00Z") == "2076-02-01T00:00:00Z");
}

TEST_CASE("cron: a skipped time runs at the change, several of them once") {
  CHECK(nextOf("30 2 * * *", "America/Los_Angeles", "2026-03-08T08:00:00Z") == "2026-03-08T10:00:00Z");
  CHECK(nextOf("30 2 * * *", "America/Los_Angeles", "2026-03-08T10:00:00Z") == "2026-03-09T09:30:00Z");
  CHECK(nextOf("*/10 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z") == "2026-03-29T01:00:00Z");
  CHECK(nextOf("*/10 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z") == "2026-03-30T00:00:00Z");
  // Midnight itself is skipped in Santiago; half an hour on Lord Howe Island; a whole date on Samoa.
  CHECK(nextOf("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z") == "2026-09-06T04:00:00Z");
  CHECK(nextOf("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z") == "2026-10-03T15:30:00Z");
  CHECK(nextOf("0 12 30 * *", "Pacific/Apia", "2011-12-29T12:00:00Z") == "2011-12-30T10:00:00Z");
}

TEST_CASE("cron: a doubled time runs the first time only") {
  CHECK(nextOf("30 1 * * *", "America/Los_Angeles", "2026-11-01T07:00:00Z") == "2026-11-01T08:30:00Z");
  CHECK(nextOf("30 1 * * *", "America/Los_Angeles", "2026-11-01T08:30:00Z") == "2026-11-02T09:30:00Z");
  CHECK(nextOf("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z") == "2026-04-05T15:15:00Z");
}

TEST_CASE("cron: with every hour, the clock decides: not at skipped times, at both of doubled ones") {
  CHECK(nextOf("30 * * * *", "America/Los_Angeles", "2026-03-08T09:30:00Z") == "2026-03-08T10:30:00Z");
  CHECK(nextOf("30 * * * *", "America/Los_Angeles", "2026-11-01T08:30:00Z") == "2026-11-01T09:30:00Z");
  CHECK(nextOf("30 0-23 * * *", "America/Los_Angeles", "2026-11-01T08:30:00Z") == "2026-11-01T09:30:00Z");
  // From 01:59 back to 01:30 in half-hour steps.
  CHECK(nextOf("45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z") == "2026-04-04T15:15:00Z");
}

TEST_CASE("cron: errors name the field and what was expected") {
  const TimeZone utc;
  const auto error = [&](const char* expression) { return Schedule::cron(expression, utc).error().text; };
  CHECK(error("0 0 * *") ==
        "\"0 0 * *\" has 4 fields: expected five (minute, hour, day of the month, month, day of the week)");
  CHECK(error("") ==
        "\"\" has 0 fields: expected five (minute, hour, day of the month, month, day of the week)");
  CHECK(error("60 0 * * *") ==
        "cron field \"60\" (minute): expected *, a value (0 to 59), a range or a list");
  CHECK(error("0 -1 * * *") == "cron field \"-1\" (hour): expected *, a value (0 to 23), a range or a list");
  CHECK(error("0 5-3 * * *") ==
        "cron field \"5-3\" (hour): expected a range from the smaller to the greater value");
  CHECK(error("0 */0 * * *") == "cron field \"*/0\" (hour): expected a step from 1 to 23 after /");
  CHECK(error("0 0 1,,2 * *") ==
        "cron field \"1,,2\" (day of the month): expected *, a value (1 to 31), a range or a list");
  CHECK(error("0 0 * foo *") ==
        "cron field \"foo\" (month): expected *, a value (1 to 12 or jan to dec), a range or a list");
  CHECK(error("0 0 * * 8") ==
        "cron field \"8\" (day of the week): expected *, a value (0 to 7 or sun to sat), a range or a list");
  CHECK(error("0 0 30 2 *") == "\"0 0 30 2 *\" never comes: no such day in any such month");
  CHECK(error("0 0 31 4,6,9,11 *") == "\"0 0 31 4,6,9,11 *\" never comes: no such day in any such month");
  CHECK(error("@dayly") == "\"@dayly\" is not known: expected @hourly, @daily, @weekly, @monthly or @yearly");
  CHECK(error(std::string(201, '*').c_str()) == "a cron expression has at most 200 characters");
}

TEST_CASE("cron: the text gives times and zone, the period the interval") {
  const auto schedule = cron("17 3 * * *", "Asia/Tokyo");
  CHECK(schedule.text() == "at 17 3 * * * (Asia/Tokyo)");
  CHECK((schedule.period(at("2026-11-23T00:00:00Z")) == 24h));
  CHECK(schedule == cron("17 3 * * *", "Asia/Tokyo"));
  CHECK_FALSE(schedule == cron("17 3 * * *", "UTC"));
  CHECK_FALSE(schedule == Schedule::every(24h));
}

namespace {

// What the header promises, as plainly as it can be said: look at every minute of real time.
std::vector<std::string> runsByWalking(
    const TimeZone& zone, Instant from, Instant until, bool everyHour,
    const std::function<bool(std::chrono::local_time<Duration>)>& matches) {
  std::vector<std::string> runs;
  auto latestShown = zone.local(from);  // by a clock that nobody ever put back
  for (auto earlier = from - 25h; earlier < from; earlier += 1min)
    latestShown = std::max(latestShown, zone.local(earlier));
  for (auto now = from + 1min; now <= until; now += 1min) {
    const auto shown = zone.local(now);
    bool due = everyHour && matches(shown);
    // Times of certain hours count when they, or later ones if they are skipped, are shown for the first
    // time.
    if (!everyHour)
      for (auto reached = latestShown + 1min; !due && reached <= shown; reached += 1min)
        due = matches(reached);
    latestShown = std::max(latestShown, shown);
    if (due) runs.push_back(toIso(now));
  }
  return runs;
}

}  // namespace

TEST_CASE("cron agrees with a walk over every minute, around changes of the clocks in many zones") {
  struct Place {
    const char* zone;
    const char* change;
  };
  const Place places[] = {
      {"America/Los_Angeles", "2026-03-08T10:00:00Z"}, {"America/Los_Angeles", "2026-11-01T09:00:00Z"},
      {"Europe/Berlin", "2026-03-29T01:00:00Z"},       {"Europe/Berlin", "2026-10-25T01:00:00Z"},
      {"Australia/Lord_Howe", "2026-04-04T15:00:00Z"}, {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
      {"America/Santiago", "2026-09-06T04:00:00Z"},    {"America/Santiago", "2026-04-05T03:00:00Z"},
      {"America/St_Johns", "2006-10-29T02:31:00Z"},    {"America/St_Johns", "2006-04-02T03:31:00Z"},
      {"Pacific/Apia", "2011-12-30T10:00:00Z"},        {"Asia/Tokyo", "2024-02-29T00:00:00Z"},
  };
  std::mt19937 random(20261123);
  const auto pick = [&](unsigned from, unsigned to) {
    return from + static_cast<unsigned>(random() % (to - from + 1));
  };
  for (int round = 0; round < 72; ++round) {
    const auto& place = places[static_cast<std::size_t>(round) % std::size(places)];
    const auto zone = zoneNamed(place.zone);
    // Times near the change are what is interesting.
    const auto local = zone.local(at(place.change) + std::chrono::minutes(pick(0, 240)) - 120min);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto near = static_cast<unsigned>(std::chrono::floor<std::chrono::hours>(local - day).count());
    const bool everyHour = pick(0, 3) == 0;
    const unsigned minute = pick(0, 1) * 30 + pick(0, 1), minuteStep = pick(1, 30);
    const unsigned firstHour = pick(0, near), lastHour = pick(near, 23), hourStep = pick(1, 3);
    const auto ofMonth = static_cast<unsigned>(std::chrono::year_month_day(day).day());
    const unsigned weekday = pick(0, 6);
    const unsigned days = pick(0, 3);  // 0 both *, 1 of the month, 2 of the week, 3 both given

    const auto expression =
        std::to_string(minute) + "-59/" + std::to_string(minuteStep) + " " +
        (everyHour
             ? "*"
             : std::to_string(firstHour) + "-" + std::to_string(lastHour) + "/" + std::to_string(hourStep)) +
        " " + (days & 1 ? std::to_string(ofMonth) : "*") + " * " + (days & 2 ? std::to_string(weekday) : "*");
    const bool allHours = everyHour || (firstHour == 0 && lastHour == 23 && hourStep == 1);
    CAPTURE(place.zone, expression);

    const auto matches = [&](std::chrono::local_time<Duration> shown) {
      const auto date = std::chrono::floor<std::chrono::days>(shown);
      const auto minutes =
          static_cast<unsigned>(std::chrono::floor<std::chrono::minutes>(shown - date).count());
      const unsigned m = minutes % 60, h = minutes / 60;
      if (m < minute || (m - minute) % minuteStep != 0) return false;
      if (!everyHour && (h < firstHour || h > lastHour || (h - firstHour) % hourStep != 0)) return false;
      const bool monthDay = static_cast<unsigned>(std::chrono::year_month_day(date).day()) == ofMonth;
      const bool weekDay = std::chrono::weekday(date).c_encoding() == weekday;
      return days == 0 || (days == 1 && monthDay) || (days == 2 && weekDay) ||
             (days == 3 && (monthDay || weekDay));
    };
    const auto from = std::chrono::floor<std::chrono::minutes>(at(place.change)) - 26h;
    const Instant until = from + 52h;
    const auto expected = runsByWalking(zone, from, until, allHours, matches);

    std::vector<std::string> runs;
    const auto schedule = Schedule::cron(expression, zone).value();
    for (auto next = schedule.next(from, 0); next <= until; next = schedule.next(next, 0))
      runs.push_back(toIso(next));
    REQUIRE(runs.size() == expected.size());
    const auto differs = std::mismatch(runs.begin(), runs.end(), expected.begin());
    if (differs.first != runs.end()) CHECK(*differs.first == *differs.second);
  }
}
