#include "base/instant.hpp"

#include <catch2/catch.hpp>

#include "base/clock.hpp"
#include "base/mask.hpp"
#include "base/time_zone.hpp"
#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace std::chrono_literals;

TEST_CASE("an ISO time is read with Z, with a fraction and with an offset") {
  const auto expected = fromUnixSeconds(1795410243);
  CHECK(parseIso("2026-11-23T05:04:03Z").value() == expected);
  CHECK(parseIso("2026-11-23T05:04:03.250Z").value() == expected + 250ms);
  CHECK(parseIso("2026-11-22T22:04:03-07:00").value() == expected);
  CHECK(parseIso("2026-11-23T14:04:03+0900").value() == expected);
  CHECK(toIso(expected) == "2026-11-23T05:04:03Z");
  for (const auto* bad : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z",
                          "2026-11-23T05:04:03", "2026-11-23T05:04:03+9"})
    CHECK_FALSE(parseIso(bad).ok());
}

TEST_CASE("a duration is a whole number and one unit") {
  CHECK(parseDuration("60s").value() == 1min);
  CHECK(parseDuration("30d").value() == 720h);
  CHECK(parseDuration("250ms").value() == 250ms);
  for (const auto* bad : {"", "60", "s", "-5m", "5 m", "5min", "1.5h", "99999999999d"})
    CHECK_FALSE(parseDuration(bad).ok());
  CHECK(toText(Duration(90s)) == "90s");
  CHECK(toText(Duration(24h)) == "24h");
  CHECK(toText(Duration(48h)) == "2d");
  CHECK(toText(Duration(0s)) == "0s");
  CHECK(toText(Duration(1500ms)) == "1500ms");
}

TEST_CASE("a day belongs to a zone, and DST days are 23 and 25 hours long") {
  const auto angeles = TimeZone::find("America/Los_Angeles").value();
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  const auto date = [](const char* text) { return parseDate(text).value(); };
  CHECK(tokyo.dateOf(parseIso("2026-11-22T15:00:00Z").value()) == date("2026-11-23"));
  CHECK(tokyo.dateOf(parseIso("2026-11-22T14:59:59Z").value()) == date("2026-11-22"));
  CHECK(angeles.startOf(date("2026-03-09")) - angeles.startOf(date("2026-03-08")) == 23h);
  CHECK(angeles.startOf(date("2026-11-02")) - angeles.startOf(date("2026-11-01")) == 25h);
  CHECK(tokyo.minuteText(parseIso("2026-11-22T15:07:00Z").value()) == "2026-11-23 00:07");
  CHECK(tokyo.zonedText(parseIso("2026-11-22T15:07:00Z").value()) == "2026-11-23 00:07 JST");
  CHECK(angeles.zonedText(parseIso("2026-07-01T19:00:00Z").value()) == "2026-07-01 12:00 PDT");
  CHECK(TimeZone().zonedText(parseIso("2026-11-22T15:07:00Z").value()) == "2026-11-22 15:07 UTC");
  const auto zoned = [](const char* name) {
    return TimeZone::find(name).value().zonedText(parseIso("2026-11-22T15:00:00Z").value());
  };
  // Zones without an abbreviation.
  CHECK(zoned("Asia/Dubai") == "2026-11-22 19:00 UTC+04:00");
  CHECK(zoned("America/Sao_Paulo") == "2026-11-22 12:00 UTC-03:00");
  CHECK_FALSE(TimeZone::find("Asia/Tokio").ok());
}

TEST_CASE("a step of the wall clock is distinguished from time that passes") {
  testing::ManualClock clock;
  StepDetector detector;
  CHECK(detector.observe(clock) == 0ms);
  clock.advance(1h);
  CHECK(detector.observe(clock) == 0ms);
  clock.step(-30min);
  CHECK(detector.observe(clock) == -30min);
  CHECK(detector.observe(clock) == 0ms);
  clock.step(1s);
  CHECK(detector.observe(clock) == 0ms);
}

TEST_CASE("an address keeps its first character and its domain") {
  CHECK(maskAddress("taro.yamada@example.jp") == "t…@example.jp");
  CHECK(maskAddress("山田@example.jp") == "山…@example.jp");
  CHECK(maskAddress("nobody") == "…");
}
