#include "incidents/cross_table.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

Numbers sumOf(const CrossTable& table, Duration window, const Root& root = {}) {
  const Grids grids = table.shares(window);
  const auto slice = grids.front().sliceOf(root);
  return slice ? grids.front().sum(*slice) : Numbers{};
}

}  // namespace

TEST_CASE("A cross table counts a mail in every window that holds its minute") {
  CrossTable table(kNoon);
  table.advance(kNoon);
  table.add("notice", "Gmail", std::nullopt, kNoon);
  table.add("notice", "Gmail", Kind::content, kNoon);
  for (const Duration window : kWindows) {
    CHECK(sumOf(table, window).mails == 2);
    CHECK(sumOf(table, window).seen == 1);
  }
  table.advance(kNoon + 10min);
  CHECK(sumOf(table, 10min).mails == 0);
  CHECK(sumOf(table, 20min).mails == 2);
  table.advance(kNoon + 59min);
  CHECK(sumOf(table, 30min).mails == 0);
  CHECK(sumOf(table, 60min).seen == 1);
  table.advance(kNoon + 60min);
  CHECK(sumOf(table, 60min).mails == 0);
}

TEST_CASE("Mail is counted at its own minute, and not at all when that is too long ago") {
  CrossTable table(kNoon - 2h);
  table.advance(kNoon);
  table.add("notice", "Gmail", std::nullopt, kNoon - 15min);
  CHECK(sumOf(table, 10min).mails == 0);
  CHECK(sumOf(table, 20min).mails == 1);
  table.add("notice", "Gmail", std::nullopt, kNoon - 90min);
  CHECK(sumOf(table, 60min).mails == 1);
  table.add("notice", "Gmail", std::nullopt, kNoon + 5min);  // a clock that is ahead
  CHECK(sumOf(table, 10min).mails == 1);
}

TEST_CASE("The cells of a cross table add up to the account, whatever comes when") {
  std::mt19937 random(7);
  const auto draw = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); };
  for (int run = 0; run < 20; ++run) {
    CrossTable table(kNoon - 2h);
    std::map<std::int64_t, Numbers> truth;
    Instant now = kNoon;
    table.advance(now);
    for (int i = 0; i < 400; ++i) {
      now += draw(3) * 1min;
      table.advance(now);
      const auto mails = static_cast<std::uint32_t>(1 + draw(200));
      const Instant at = now - draw(80) * 1min;
      const bool fails = draw(3) == 0;
      table.add("c" + std::to_string(draw(30)), "g" + std::to_string(draw(20)),
                fails ? std::optional(static_cast<Kind>(draw(12))) : std::nullopt, at, mails);
      Numbers& minute = truth[std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count()];
      minute.mails += mails;
      if (fails) minute.seen += mails;
    }
    const std::int64_t present = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
    for (const Duration window : kWindows) {
      Numbers expected;
      for (const auto& [minute, numbers] : truth)
        if (minute > present - window / 1min) expected += numbers;
      const Numbers sum = sumOf(table, window);
      CHECK(sum.mails == expected.mails);
      CHECK(sum.seen == expected.seen);
    }
  }
}

TEST_CASE("A cross table folds the rarest categories when there are too many cells, and loses no mail") {
  CrossTable table(kNoon);
  table.advance(kNoon);
  for (int category = 0; category < 1'000; ++category)
    for (int receiver = 0; receiver < 10; ++receiver)
      table.add("c" + std::to_string(category), "g" + std::to_string(receiver), Kind::noAddress, kNoon,
                category < 10 ? 100 : 1);
  CHECK(table.cells() <= CrossTable::kMaxCells);
  CHECK(sumOf(table, 10min).mails == 10 * 10 * 100 + 990 * 10);
  CHECK(sumOf(table, 10min).seen == 10 * 10 * 100 + 990 * 10);
  CHECK(sumOf(table, 10min, {.categories = {"c3"}, .receivers = {"g4"}}).mails == 100);
  for (int i = 0; i < 60; ++i) table.advance(kNoon + i * 1min);
  CHECK(sumOf(table, 10min).mails == 0);
}

TEST_CASE("What fails every day is usual, and what incidents are about does not become it") {
  Town town;
  town.pass(24h);
  const Numbers usual = sumOf(town.table, 60min);
  CHECK(usual.expected == Approx(usual.mails / 101).epsilon(0.35));
  Town other = town;
  town.faults = other.faults = {{"", "Gmail", 2, Kind::authentication}};
  town.unusual = {{.receivers = {"Gmail"}, .kinds = {Kind::authentication}}};
  town.pass(24h);
  other.pass(24h);
  const Root gmail{.receivers = {"Gmail"}};
  CHECK(sumOf(other.table, 60min, gmail).expected > 5 * sumOf(town.table, 60min, gmail).expected);
}

TEST_CASE("The minutes of a root add up to its window, and so does what was affected") {
  Town town;
  town.pass(2h);
  town.faults = {{"notice", "Gmail", 2, Kind::content}};
  town.pass(30min);
  const Root root{.categories = {"notice"}, .receivers = {"Gmail"}, .kinds = {Kind::content}};
  const std::vector<Numbers> minutes = town.table.minutes(root);
  REQUIRE(minutes.size() == 90);
  Numbers last;
  Breakdown affected;
  for (int ago = 0; ago < 30; ++ago) {
    last += minutes[minutes.size() - 1 - static_cast<std::size_t>(ago)];
    affected.add(town.table.breakdown(root, ago));
  }
  const Numbers window = sumOf(town.table, 30min, root);
  CHECK(last.mails == window.mails);
  CHECK(last.seen == window.seen);
  CHECK(affected.whole().seen == window.seen);
  CHECK(affected.categories.size() == 1);
}

TEST_CASE("A clock that is set moves the table") {
  Town town;
  town.pass(2h);
  const Numbers before = sumOf(town.table, 30min);
  town.table.shift(3h);
  town.table.advance(town.now + 3h);
  CHECK(sumOf(town.table, 30min).mails == before.mails);
  town.table.advance(town.now + 3h + 30min);
  CHECK(sumOf(town.table, 30min).mails == 0);
}

}  // namespace arrivald::incidents
