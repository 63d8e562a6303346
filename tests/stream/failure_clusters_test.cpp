// How many failures of one recipient domain and minute are beyond a limit, and what is forgotten.
#include "stream/failure_clusters.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

void add(FailureClusters& clusters, int failures, std::string_view domain, Duration ago,
         std::uint16_t group = 0) {
  for (int i = 0; i < failures; ++i) clusters.add(domain, group, kNow - ago, kNow - ago);
}

std::int64_t beyond(const FailureClusters& clusters, std::int64_t max = 3,
                    std::optional<std::uint16_t> group = std::nullopt) {
  std::int64_t sum = 0;
  for (const auto& excess : clusters.beyond(max, group)) sum += excess.failures;
  return sum;
}

}  // namespace

TEST_CASE("failures beyond the limit are counted by domain, minute and group of receivers") {
  FailureClusters clusters;
  add(clusters, 600, "dead.example", 5min, 1);
  add(clusters, 4, "dead.example", 4min, 1);
  add(clusters, 3, "small.example", 5min, 2);
  struct Row {
    std::int64_t max, all, first, second;
  };
  const auto row = GENERATE(values<Row>(
      {{1, 599 + 3 + 2, 599 + 3, 2}, {3, 597 + 1, 597 + 1, 0}, {4, 596, 596, 0}, {600, 0, 0, 0}}));
  CAPTURE(row.max);
  CHECK(beyond(clusters, row.max) == row.all);
  CHECK(beyond(clusters, row.max, 1) == row.first);
  CHECK(beyond(clusters, row.max, 2) == row.second);
}

TEST_CASE("the first failures of a minute are those that were added first; late ones are beyond") {
  FailureClusters clusters;
  for (const auto& [failures, late] : {std::pair(2, 10s), std::pair(4, 40s), std::pair(1, 600s)})
    for (int i = 0; i < failures; ++i) clusters.add("dead.example", 0, kNow, kNow + late);
  const auto all = clusters.beyond(3, std::nullopt);
  REQUIRE(all.size() == 2);
  CHECK(all[0].failures == 3);
  CHECK(all[0].added == kNow + 40s);
  CHECK(all[0].at == kNow + 1min);
  CHECK(all[1].failures == 1);
  CHECK(all[1].added == kNow + 600s);
}

TEST_CASE("what is added after a flush is distinguished from what it has, even at the same instant") {
  FailureClusters clusters;
  add(clusters, 5, "dead.example", 0s);
  clusters.flush(kNow);
  add(clusters, 2, "dead.example", 0s);
  const auto all = clusters.beyond(3, std::nullopt);
  REQUIRE(all.size() == 2);
  CHECK(all[0].added == kNow);
  CHECK(all[0].failures == 2);
  CHECK(all[1].added > kNow);
  CHECK(all[1].failures == 2);
}

TEST_CASE("a day is kept, so that a window of a day has all of it") {
  FailureClusters clusters;
  add(clusters, 10, "a.example", 24h);
  add(clusters, 10, "a.example", 26h);
  clusters.flush(kNow);
  CHECK(beyond(clusters) == 7);
  clusters.flush(kNow + 2h);
  CHECK(clusters.entries() == 0);
}

TEST_CASE("a flood of domains stays in bounds: single failures are forgotten first, then the oldest") {
  FailureClusters clusters;
  add(clusters, 10, "dead.example", 90min);
  for (int i = 0; i < 20'000; ++i) add(clusters, 1, std::to_string(i) + ".example", 80min - i * 100ms);
  CHECK(clusters.entries() <= FailureClusters::kMaxEntries);
  CHECK(beyond(clusters) == 7);
  for (int i = 0; i < 20'000; ++i) add(clusters, 2, std::to_string(i) + ".example", 5min - i * 10ms);
  CHECK(clusters.entries() <= FailureClusters::kMaxEntries);
  CHECK(beyond(clusters) == 0);
}

TEST_CASE("clusters move with the wall clock") {
  FailureClusters clusters;
  add(clusters, 10, "a.example", 5min);
  clusters.shift(-3h);
  const auto all = clusters.beyond(3, std::nullopt);
  REQUIRE(all.size() == 1);
  CHECK(all[0].at == kNow - 4min - 3h);
  CHECK(all[0].added == kNow - 5min - 3h);
}
