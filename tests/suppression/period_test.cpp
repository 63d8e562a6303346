// Which days a list shows: presets, typed dates, and what is mended of them.
#include "suppression/period.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::suppression;

namespace {

const TimeZone kTokyo = TimeZone::find("Asia/Tokyo").value();

Period asked(std::string_view from, std::string_view to, const std::string& now = "2026-11-25T05:04:00Z") {
  return periodOf({"", from, to}, kTokyo, parseIso(now).value());
}
std::string days(const Period& period) { return toText(period.first) + " " + toText(period.last); }
std::string mends(const Period& period) {
  std::string all;
  for (const auto mend : period.mended) all += std::string(name(mend)) + " ";
  return all;
}

}  // namespace

TEST_CASE("a preset begins and ends at midnight in the desk's zone") {
  struct Row {
    std::string preset, now, days;
  };
  // 15:00 UTC is midnight in Tokyo.
  const std::vector<Row> table = {
      {"today", "2026-11-25T14:59:59Z", "2026-11-25 2026-11-25"},
      {"today", "2026-11-25T15:00:00Z", "2026-11-26 2026-11-26"},
      {"yesterday", "2026-11-25T14:59:59Z", "2026-11-24 2026-11-24"},
      {"yesterday", "2026-11-25T15:00:00Z", "2026-11-25 2026-11-25"},
      {"7d", "2026-11-25T14:59:59Z", "2026-11-19 2026-11-25"},
      {"7d", "2026-11-25T15:00:00Z", "2026-11-20 2026-11-26"},
      {"month", "2026-11-30T14:59:59Z", "2026-11-01 2026-11-30"},
      {"month", "2026-11-30T15:00:00Z", "2026-12-01 2026-12-01"},
      {"", "2026-11-25T14:59:59Z", "2026-11-19 2026-11-25"},
      {"no such", "2026-11-25T14:59:59Z", "2026-11-19 2026-11-25"},
  };
  for (const auto& row : table) {
    INFO(row.preset << " " << row.now);
    const auto period = periodOf({row.preset, "", " "}, kTokyo, parseIso(row.now).value());
    CHECK(days(period) == row.days);
    CHECK(period.from == kTokyo.startOf(period.first));
    CHECK(period.to == kTokyo.startOf(period.last + std::chrono::days(1)));
    CHECK(period.preset == presetNamed(row.preset).value_or(Preset::sevenDays));
    CHECK(period.mended.empty());
  }
}

TEST_CASE("a day with a change of the clock has 23 or 25 hours") {
  const auto newYork = TimeZone::find("America/New_York").value();
  for (const auto& [now, hours] :
       {std::pair{"2026-03-08T12:00:00Z", 23}, {"2026-11-01T12:00:00Z", 25}, {"2026-11-02T12:00:00Z", 24}}) {
    const auto today = periodOf({"today", "", ""}, newYork, parseIso(now).value());
    CHECK(today.to - today.from == std::chrono::hours(hours));
    CHECK(before(today, newYork).to == today.from);
  }
}

TEST_CASE("a date may be typed in many forms") {
  for (const auto* typed :
       {"2026-11-19", "2026/11/19", "20261119", "11/19", "２０２６／１１／１９", "２０２６１１１９",
        "2026年11月19日", "11月19日", "１１／１９", " 2026.11.19 ", "2026-11-19　"}) {
    INFO(typed);
    CHECK(days(asked(typed, "2026-11-20")) == "2026-11-19 2026-11-20");
    CHECK(days(asked("2026-11-18", typed)) == "2026-11-18 2026-11-19");
    CHECK(asked(typed, "").mended.empty());
    CHECK_FALSE(asked(typed, "").preset);
  }
  CHECK(days(asked("12/31", "")) == "2025-12-31 2026-11-25");  // the latest such day
  CHECK(days(asked("2/29", "2024/3/1")) == "2024-02-29 2024-03-01");
}

TEST_CASE("what is missing is filled in") {
  CHECK(days(asked("2026-11-20", "")) == "2026-11-20 2026-11-25");
  CHECK(days(asked("", "2026-11-20")) == "2026-11-14 2026-11-20");
}

TEST_CASE("a period that makes no sense is mended, and the page says how") {
  struct Row {
    std::string from, to, days, mends;
  };
  const std::vector<Row> table = {
      {"2026-11-20", "2026-11-18", "2026-11-18 2026-11-20", "period.swapped "},
      {"2026-11-24", "2026-12-24", "2026-11-24 2026-11-25", "period.future "},
      {"2027-01-01", "2027-02-01", "2026-11-25 2026-11-25", "period.future "},
      {"2027-01-01", "", "2026-11-25 2026-11-25", "period.future "},
      {"2026-12-01", "2026-11-20", "2026-11-20 2026-11-25", "period.swapped period.future "},
      {"2020-01-01", "2026-11-25", "2024-11-25 2026-11-25", "period.too_long "},
      {"2024-11-25", "2026-11-25", "2024-11-25 2026-11-25", ""},
      {"2026-02-30", "2026-11-25", "2026-11-19 2026-11-25", "period.unreadable "},
      {"yesterday", "", "2026-11-19 2026-11-25", "period.unreadable "},
      {"", "99999999999999999999", "2026-11-19 2026-11-25", "period.unreadable "},
      {"2026-11-20", "<script>", "2026-11-19 2026-11-25", "period.unreadable "},
      {"//", "", "2026-11-19 2026-11-25", "period.unreadable "},
  };
  for (const auto& row : table) {
    INFO(row.from << " – " << row.to);
    const auto period = asked(row.from, row.to);
    CHECK(days(period) == row.days);
    CHECK(mends(period) == row.mends);
    CHECK(period.from < period.to);
  }
}

TEST_CASE("the period before has as many days, right before it") {
  CHECK(days(before(asked("2026-11-20", "2026-11-25"), kTokyo)) == "2026-11-14 2026-11-19");
  const auto month = periodOf({"month", "", ""}, kTokyo, parseIso("2026-11-25T05:00:00Z").value());
  CHECK(days(before(month, kTokyo)) == "2026-10-07 2026-10-31");
}

TEST_CASE("presets are read back by their names") {
  for (const auto preset : {Preset::today, Preset::yesterday, Preset::sevenDays, Preset::month})
    CHECK(presetNamed(name(preset)) == preset);
}
