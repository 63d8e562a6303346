// Which days a report's messages belong to.
#include "dmarc/days.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include "aggregate/report_reader.hpp"

using namespace arrivald;
using namespace arrivald::dmarc;

namespace {

const TimeZone kTokyo = TimeZone::find("Asia/Tokyo").value();

std::string daysSaid(const std::string& begin, const std::string& end, const TimeZone& zone = kTokyo) {
  std::string text;
  for (const auto& share : daysOf({parseIso(begin).value(), parseIso(end).value()}, zone))
    text += (text.empty() ? "" : " ") + toText(share.day) + ":" + std::to_string(share.seconds / 3600);
  return text;
}

}  // namespace

TEST_CASE("the day is that of the middle of the period") {
  // The same day for people in Japan, however its reporter cuts it.
  CHECK(daysSaid("2026-09-20T00:00:00Z", "2026-09-20T23:59:59Z") == "2026-09-20:0");  // a day in UTC
  CHECK(daysSaid("2026-09-19T15:00:00Z", "2026-09-20T15:00:00Z") == "2026-09-20:0");  // GMO: a day in Japan
  CHECK(daysSaid("2026-09-20T06:00:17Z", "2026-09-20T07:00:01Z") ==
        "2026-09-20:0");  // KDDI: first mail to last
  CHECK(daysSaid("2026-09-20T11:06:40Z", "2026-09-20T11:06:40Z") == "2026-09-20:0");  // GoDaddy: no length
  CHECK(daysSaid("2026-09-20T17:00:21Z", "2026-09-21T17:00:25Z") == "2026-09-21:0");  // Cisco: a day and 4 s
  CHECK(daysSaid("2026-09-20T00:00:00Z", "2026-09-21T12:00:00Z") == "2026-09-21:0");  // 36 h
  CHECK(daysSaid("2026-09-20T00:00:00Z", "2026-09-20T23:59:59Z", TimeZone()) == "2026-09-20:0");
}

TEST_CASE("a long period has all its days, by how much of it lies in each") {
  CHECK(daysSaid("2026-09-17T15:00:00Z", "2026-09-20T15:00:00Z") ==
        "2026-09-18:24 2026-09-19:24 2026-09-20:24");
  CHECK(daysSaid("2026-09-18T00:00:00Z", "2026-09-20T00:00:00Z") ==
        "2026-09-18:15 2026-09-19:24 2026-09-20:9");
  const auto berlin = TimeZone::find("Europe/Berlin").value();  // whose 2026-10-25 has 25 hours
  CHECK(daysSaid("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", berlin) ==
        "2026-10-24:24 2026-10-25:25 2026-10-26:24");
}

TEST_CASE("messages are spread by the largest remainder") {
  using Days = std::vector<DayShare>;
  const auto day = parseDate("2026-09-20").value();
  const Days equal = {{day, 10}, {day, 10}, {day, 10}};
  CHECK(spread(210, equal) == std::vector<std::uint64_t>{70, 70, 70});
  CHECK(spread(2, equal) == std::vector<std::uint64_t>{1, 1, 0});
  CHECK(spread(0, equal) == std::vector<std::uint64_t>{0, 0, 0});
  CHECK(spread(10, Days{{day, 1}, {day, 8}, {day, 1}}) == std::vector<std::uint64_t>{1, 8, 1});
  CHECK(spread(3, Days{{day, 1}, {day, 5}}) ==
        std::vector<std::uint64_t>{1, 2});  // of equal remainders the earlier
  CHECK(spread(7, Days{{day, 1}}) == std::vector<std::uint64_t>{7});
}

TEST_CASE("no message is lost or invented, and each day is within one of its share") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 5000; ++round) {
    const auto begin = fromUnixSeconds(1'700'000'000 + static_cast<std::int64_t>(random() % 100'000'000));
    const auto length = std::chrono::seconds(random() % (31 * 86'400));
    const auto days = daysOf({begin, begin + length}, round % 2 == 0 ? kTokyo : TimeZone());
    REQUIRE(!days.empty());
    const std::uint64_t count = random() >> (random() % 60 + 4);
    const auto counts = spread(count, days);
    REQUIRE(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) == count);
    std::int64_t total = 0;
    for (const auto& share : days) total += share.seconds;
    if (days.size() > 1) REQUIRE(total == std::chrono::floor<std::chrono::seconds>(length).count());
    for (std::size_t i = 0; i < days.size(); ++i) {
      const auto exact = static_cast<long double>(count) * static_cast<long double>(days[i].seconds) /
                         static_cast<long double>(total);
      REQUIRE(std::abs(static_cast<long double>(counts[i]) - exact) < 1.5L);
    }
  }
}
