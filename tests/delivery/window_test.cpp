#include "delivery/window.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();
constexpr auto kPatience = Duration(3min);

Counts requests(std::int64_t n) {
  Counts counts;
  counts[Metric::requests] = n;
  return counts;
}

std::int64_t sum(const Series& series, Duration window, Instant end) {
  return series.sum(window, end, kPatience).counts[Metric::requests];
}

// One read a minute, `each` gained at each.
Series steady(int minutes, std::int64_t each) {
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < minutes; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(each));
  return series;
}

}  // namespace

TEST_CASE("a window holds what was gained within it") {
  const auto series = steady(60, 2);
  const auto end = kStart + 1h;
  CHECK(sum(series, 5min, end) == 10);
  CHECK(sum(series, 1h, end) == 120);
  CHECK(series.sum(5min, end, kPatience).known);
}

TEST_CASE("a window older than the first read is unknown, not zero") {
  const auto series = steady(10, 2);
  const auto window = series.sum(30min, kStart + 10min, kPatience);
  CHECK_FALSE(window.known);
  CHECK(window.covered == 10min);
}

TEST_CASE("a window is unknown when the last read is too long ago") {
  const auto series = steady(60, 2);
  CHECK(series.sum(30min, kStart + 1h + 3min, kPatience).known);
  CHECK_FALSE(series.sum(30min, kStart + 1h + 4min, kPatience).known);
}

TEST_CASE("after downtime a window shorter than the gap is unknown, a longer one is known") {
  auto series = steady(60, 2);
  series.add(kStart + 60min, kStart + 100min, requests(80));
  series.add(kStart + 100min, kStart + 101min, requests(2));
  const auto end = kStart + 101min;
  CHECK_FALSE(series.sum(30min, end, kPatience).known);
  CHECK(series.sum(90min, end, kPatience).known);
  CHECK(sum(series, 90min, end) == 82 + 2 * 49);
  // Half of the gap lies in this window: half of what it brought is taken.
  CHECK(sum(series, 21min, end) == 42);
  // Once the gap has left a window, it is known again.
  for (int i = 101; i < 140; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(2));
  CHECK(series.sum(30min, kStart + 140min, kPatience).known);
}

TEST_CASE("a window may end in the past") {
  Series series;
  series.add(kStart, kStart, {});
  for (int i = 0; i < 60; ++i) series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(i));
  CHECK(sum(series, 10min, kStart + 20min) == 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19);
}

TEST_CASE("thinning keeps every sum within one spacing, and memory within bounds") {
  Series series;
  std::mt19937 random(7);
  std::vector<std::int64_t> truth;
  series.add(kStart, kStart, {});
  const int minutes = 31 * 24 * 60;
  for (int i = 0; i < minutes; ++i) {
    truth.push_back(static_cast<std::int64_t>(random() % 20));
    series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(truth.back()));
  }
  CHECK(series.marks().size() * sizeof(Mark) < 128 * 1024);
  const auto end = kStart + minutes * 1min;
  for (const auto window : {Duration(5min), Duration(1h), Duration(3h), Duration(6h), Duration(24h),
                            Duration(7 * 24h), Duration(30 * 24h)}) {
    CAPTURE(toText(window));
    const auto n = static_cast<std::size_t>(window / 1min);
    std::int64_t expected = 0;
    for (std::size_t i = truth.size() - n; i < truth.size(); ++i) expected += truth[i];
    const std::int64_t slack = window <= 3h ? 0 : window <= 26h ? 100 : 1200;
    CHECK(std::abs(sum(series, window, end) - expected) <= slack);
    CHECK(series.sum(window, end, kPatience).known);
  }
}

TEST_CASE("an idle subject keeps almost nothing, and zero is known to be zero") {
  const auto series = steady(24 * 60, 0);
  CHECK(series.marks().size() <= 3);
  const auto window = series.sum(6h, kStart + 24h, kPatience);
  CHECK(window.known);
  CHECK(window.counts.isZero());
}

TEST_CASE("what the store is told makes the same series again") {
  std::map<Instant, Mark> rows;
  Series series;
  const auto mirror = [&](const Series::Change& change) {
    for (const auto at : change.removed) rows.erase(at);
    for (const auto& mark : change.added) rows[mark.at] = mark;
  };
  std::mt19937 random(11);
  mirror(series.add(kStart, kStart, {}));
  for (int i = 0; i < 5000; ++i)
    mirror(series.add(kStart + i * 1min, kStart + (i + 1) * 1min, requests(random() % 3 == 0 ? 5 : 0)));
  Series restored;
  for (const auto& [at, mark] : rows) restored.restore(mark);
  CHECK(restored.marks() == series.marks());
}

TEST_CASE("a wall clock that is set disturbs no window") {
  auto series = steady(60, 2);
  series.shift(-2h);
  CHECK(sum(series, 30min, kStart + 1h - 2h) == 60);
  CHECK(series.sum(30min, kStart + 1h - 2h, kPatience).known);
}

TEST_CASE("a sparkline shows what is not covered as absent") {
  auto series = steady(60, 2);
  series.add(kStart + 60min, kStart + 90min, requests(3));
  const auto buckets = series.buckets(10min, 9, kStart + 90min);
  CHECK(buckets[0].value()[Metric::requests] == 20);
  CHECK_FALSE(buckets[7].has_value());
  CHECK_FALSE(series.buckets(10min, 12, kStart + 90min)[0].has_value());
}
