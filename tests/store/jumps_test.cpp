// The jumps of the statistics, which later answers may deny, outlive a restart.
#include <catch2/catch.hpp>

#include "store/statistics_table.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Jump;
using delivery::Metric;

namespace {

const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();
const Date kToday = parseDate("2026-11-23").value();
const delivery::Subject kMain{"main", delivery::Dimension::account, ""};

Counts bounces(std::int64_t n) {
  Counts counts;
  counts[Metric::bounces] = n;
  return counts;
}

Jump jump(Instant since, std::int64_t size) {
  Jump one{since, {{kToday, bounces(3)}}, {{kToday, bounces(3 + size)}}, size, {}};
  one.heights[kToday - 1 * std::chrono::days(1)] = bounces(7);
  one.marks[kToday] = bounces(delivery::kLacking);
  one.usual.fastest.set(Metric::bounces, 0.1 / 3);
  one.usual.recent = 1e-9;
  return one;
}

}  // namespace

TEST_CASE("jumps are read back unchanged, in place of those before, and move with the wall clock") {
  testing::TempStore place;
  const auto database = Database::open(place.path());
  REQUIRE(database.ok());
  StatisticsTable table(**database);
  const auto stored = [&] {
    delivery::Ledger ledger;
    delivery::Windows windows;
    std::map<delivery::Subject, Counts> totals;
    StatisticsTable again(**database);
    REQUIRE((*database)->read([&] { again.load(ledger, windows, totals); }).ok());
    return ledger.jumps(kMain);
  };
  const std::vector<Jump> first{jump(kStart, 900), jump(kStart, 40)};
  REQUIRE((*database)
              ->transact([&] {
                table.putCell({kMain, kToday, bounces(3), {}, 0, {}});
                table.putJumps(kMain, first);
              })
              .ok());
  CHECK(stored() == first);
  REQUIRE((*database)->transact([&] { table.putJumps(kMain, {jump(kStart + 1h, 5)}); }).ok());
  CHECK(stored() == std::vector<Jump>{jump(kStart + 1h, 5)});
  REQUIRE((*database)->transact([&] { table.shift(-1h); }).ok());
  CHECK(stored() == std::vector<Jump>{jump(kStart, 5)});
  REQUIRE((*database)->transact([&] { table.clear(); }).ok());
  CHECK(stored().empty());
}
