#include "base/schedule.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace arrivald;
using namespace std::chrono_literals;

namespace {

Instant at(const char* text) { return parseIso(text).value(); }

std::string nextOf(const char* expression, const char* zone, const char* after) {
  return toIso(Schedule::cron(expression, TimeZone::find(zone).value()).value().next(at(after), 0));
}

}  // namespace

TEST_CASE("every: the period, shifted by jitter in both directions") {
  const auto schedule = Schedule::every(60s, 0.1);
  const auto now = at("2026-11-23T00:00:00Z");
  CHECK(schedule.next(now, 0.5) == now + 60s);
  CHECK(schedule.next(now, 0.0) == now + 57s);
  CHECK(schedule.next(now, 0.999) > now + 62s);
  CHECK(schedule.text() == "every 1m");
}

TEST_CASE("cron: the next time that matches, in its zone") {
  CHECK(nextOf("17 3 * * *", "Asia/Tokyo", "2026-11-23T00:00:00Z") == "2026-11-23T18:17:00Z");
  CHECK(nextOf("*/15 * * * *", "UTC", "2026-11-23T00:01:00Z") == "2026-11-23T00:15:00Z");
  CHECK(nextOf("0 9 * * mon-fri", "Asia/Tokyo", "2026-11-20T00:00:00Z") == "2026-11-23T00:00:00Z");
  CHECK(nextOf("0 0 29 feb *", "UTC", "2026-11-23T00:00:00Z") == "2028-02-29T00:00:00Z");
  CHECK(nextOf("@monthly", "UTC", "2026-11-23T00:00:00Z") == "2026-12-01T00:00:00Z");
  // Both day fields restricted: either will do. The 13th is a Sunday, the Friday before it comes first.
  CHECK(nextOf("0 0 13 * 5", "UTC", "2026-12-08T00:00:00Z") == "2026-12-11T00:00:00Z");
  CHECK(nextOf("0 0 * * 7", "UTC", "2026-12-08T00:00:00Z") == "2026-12-13T00:00:00Z");
}

TEST_CASE("cron: a run in the skipped hour comes at its end, once") {
  CHECK(nextOf("30 2 * * *", "America/Los_Angeles", "2026-03-08T08:00:00Z") == "2026-03-08T10:00:00Z");
  CHECK(nextOf("30 2 * * *", "America/Los_Angeles", "2026-03-08T10:00:00Z") == "2026-03-09T09:30:00Z");
  CHECK(nextOf("30 * * * *", "America/Los_Angeles", "2026-03-08T09:30:00Z") == "2026-03-08T10:30:00Z");
}

TEST_CASE("cron: a run in the doubled hour comes once, unless it is of every hour") {
  CHECK(nextOf("30 1 * * *", "America/Los_Angeles", "2026-11-01T07:00:00Z") == "2026-11-01T08:30:00Z");
  CHECK(nextOf("30 1 * * *", "America/Los_Angeles", "2026-11-01T08:30:00Z") == "2026-11-02T09:30:00Z");
  CHECK(nextOf("30 * * * *", "America/Los_Angeles", "2026-11-01T08:30:00Z") == "2026-11-01T09:30:00Z");
}

TEST_CASE("cron: what is wrong is named") {
  const TimeZone utc;
  const auto error = [&](const char* expression) { return Schedule::cron(expression, utc).error().text; };
  CHECK_THAT(error("0 0 * *"), Catch::Contains("4 fields, not five"));
  CHECK_THAT(error("60 0 * * *"), Catch::Contains("\"60\" (minute)") && Catch::Contains("0 to 59"));
  CHECK_THAT(error("0 5-3 * * *"), Catch::Contains("smaller to the greater"));
  CHECK_THAT(error("0 */0 * * *"), Catch::Contains("step"));
  CHECK_THAT(error("0 0 30 2 *"), Catch::Contains("never comes"));
  CHECK_THAT(error("0 0 * foo *"), Catch::Contains("(month)"));
}

TEST_CASE("cron agrees with a walk over all minutes") {
  const auto zone = TimeZone::find("Europe/Berlin").value();
  std::mt19937 random(5);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int round = 0; round < 60; ++round) {
    const unsigned minute = pick(60), hour = pick(24), weekday = pick(7);
    const auto expression = std::to_string(minute) + " " + (round % 3 ? std::to_string(hour) : "*") +
                            " * * " + (round % 2 ? std::to_string(weekday) : "*");
    CAPTURE(expression);
    const auto schedule = Schedule::cron(expression, zone).value();
    const auto from = at("2026-06-01T00:00:00Z") + std::chrono::minutes(pick(60 * 24 * 60));
    auto expected = std::chrono::floor<std::chrono::minutes>(from) + 1min;
    for (;; expected += 1min) {
      const auto local = zone.local(Instant(expected));
      const auto day = std::chrono::floor<std::chrono::days>(local);
      const auto clock = std::chrono::floor<std::chrono::minutes>(local - day).count();
      if (clock % 60 == minute && (round % 3 == 0 || clock / 60 == hour) &&
          (round % 2 == 0 || std::chrono::weekday(day).c_encoding() == weekday))
        break;
    }
    CHECK(toIso(schedule.next(from, 0)) == toIso(Instant(expected)));
  }
}
