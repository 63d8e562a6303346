#include "base/local_time.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("a local time is read as people give it") {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  const auto read = [&](const char* text) {
    const auto at = parseLocalTime(text, tokyo);
    return at ? toIso(*at) : "none";
  };
  CHECK(read("2026-11-28 18:00") == "2026-11-28T09:00:00Z");
  CHECK(read("2026-11-28T18:00") == "2026-11-28T09:00:00Z");
  CHECK(read("2026-11-28") == "2026-11-27T15:00:00Z");
  CHECK(read("2026-11-28T18:00:00-07:00") == "2026-11-29T01:00:00Z");
  for (const auto* wrong : {"", "18:00", "2026-11-31", "2026-11-28 18", "2026-11-28 24:00",
                            "2026-11-28_18:00", "2026-11-28 18:60", "tomorrow"})
    CHECK(read(wrong) == "none");
}

TEST_CASE("a local time that is skipped is the moment of the change, one that occurs twice the first") {
  const auto berlin = TimeZone::find("Europe/Berlin").value();
  CHECK(toIso(*parseLocalTime("2026-03-29 02:30", berlin)) == "2026-03-29T01:00:00Z");
  CHECK(toIso(*parseLocalTime("2026-10-25 02:30", berlin)) == "2026-10-25T00:30:00Z");
}

TEST_CASE("a time of the day has two digits each") {
  using namespace std::chrono_literals;
  CHECK(parseTimeOfDay("08:30") == 510min);
  CHECK(parseTimeOfDay("23:59") == 1439min);
  for (const auto* wrong : {"8:30", "24:00", "12:60", "12.30", "-1:00", "1x:00", ""})
    CHECK_FALSE(parseTimeOfDay(wrong));
}
