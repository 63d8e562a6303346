// Where an account's days begin.
#include "stream/day_offset.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;

namespace {

/// A week of mail by day and little by night, counted minute by minute, and the days of the statistics in a
/// zone.
struct Week {
  delivery::Series events;
  TimeZone zone;
  Instant now = parseIso("2026-11-02T00:00:00Z").value();
  std::map<Date, std::int64_t> days;

  explicit Week(const char* name) : zone(TimeZone::find(name).value()) {
    events.add(now, now, {});
    for (int minute = 0; minute < 6 * 24 * 60; ++minute) {
      now += 1min;
      const int hour = minute / 60 % 24;
      const int day = minute / (24 * 60);
      const std::int64_t mails = hour >= 7 && hour < 22 ? 1 + 3 * (day % 3) + hour % 4 : day % 2;
      delivery::Counts counts;
      counts[delivery::Metric::processed] = mails;
      events.add(now - 1min, now, counts);
      days[zone.dateOf(now - 1min)] += mails;
    }
  }
  std::optional<DayOffset> found() const {
    const std::vector<std::pair<Date, std::int64_t>> closed(std::next(days.begin()), std::prev(days.end()));
    return dayOffset(events, closed, now);
  }
};

}  // namespace

TEST_CASE("the zone of the account's days is found from what both sources count") {
  for (const auto& [name, offset] :
       std::vector<std::pair<const char*, std::string>>{{"America/Denver", "UTC-07:00"},
                                                        {"UTC", "UTC+00:00"},
                                                        {"Asia/Tokyo", "UTC+09:00"},
                                                        {"Asia/Kolkata", "UTC+05:30"}}) {
    CAPTURE(name);
    const auto found = Week(name).found();
    REQUIRE(found);
    CHECK(toText(found->offset) == offset);
  }
}

TEST_CASE("events that were lost fit no zone, and one day is too little") {
  Week week("UTC");
  for (auto& [date, mails] : week.days) mails += mails / 3;
  CHECK_FALSE(week.found());
  Week one("UTC");
  const std::vector<std::pair<Date, std::int64_t>> day(std::next(one.days.begin()),
                                                       std::next(one.days.begin(), 2));
  CHECK_FALSE(dayOffset(one.events, day, one.now));
}
