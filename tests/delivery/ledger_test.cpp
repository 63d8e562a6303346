#include "delivery/ledger.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();

Date day(int offset) { return parseDate("2026-11-23").value() + std::chrono::days(offset); }

Counts delivered(std::int64_t n) {
  Counts counts;
  counts[Metric::delivered] = n;
  return counts;
}

Read read(Duration at, std::vector<DayTotal> rows, Subject subject = kMain) {
  return {{subject.account, subject.dimension}, kStart + at, day(-3), day(1),
          {{subject, std::move(rows)}},         false};
}

// What one read of one subject gained of `delivered`.
std::int64_t gain(Ledger& ledger, const Read& answer) {
  const auto booking = ledger.book(answer);
  REQUIRE(booking.increments.size() == 1);
  return booking.increments[0].counts[Metric::delivered];
}

}  // namespace

TEST_CASE("the first sight of a subject is where counting begins") {
  Ledger ledger;
  const auto booking = ledger.book(read(0s, {{day(0), delivered(500)}}));
  REQUIRE(booking.increments.size() == 1);
  CHECK(booking.increments[0].counts.isZero());
  CHECK(booking.increments[0].from == booking.increments[0].to);
  CHECK(gain(ledger, read(60s, {{day(0), delivered(512)}})) == 12);
}

TEST_CASE("a new day begins at zero, and the day before may still grow") {
  Ledger ledger;
  ledger.book(read(0s, {{day(0), delivered(500)}}));
  CHECK(gain(ledger, read(60s, {{day(0), delivered(503)}, {day(1), delivered(4)}})) == 7);
}

TEST_CASE("a day older than any asked for before is a baseline, not a burst") {
  Ledger ledger;
  ledger.book(read(0s, {{day(0), delivered(500)}}));
  auto reread = read(60s, {{day(-20), delivered(9000)}, {day(0), delivered(501)}});
  reread.firstDay = day(-30);
  CHECK(gain(ledger, reread) == 1);
  // From now on the old day is known, and late mail on it counts.
  auto again = reread;
  again.at += 60s;
  again.totals[0].days[0].counts = delivered(9005);
  CHECK(gain(ledger, again) == 5);
}

TEST_CASE("a correction downwards gains nothing, takes nothing away, and is counted") {
  Ledger ledger;
  ledger.book(read(0s, {{day(0), delivered(500)}}));
  const auto corrected = ledger.book(read(60s, {{day(0), delivered(480)}}));
  CHECK(corrected.increments[0].counts.isZero());
  CHECK(corrected.increments[0].corrections == 1);
  CHECK(gain(ledger, read(120s, {{day(0), delivered(490)}})) == 10);
}

TEST_CASE("a row that vanishes or turns zero is held until three reads agree") {
  Ledger ledger;
  ledger.book(read(0s, {{day(0), delivered(500)}}));
  SECTION("it comes back in time: nothing happened") {
    CHECK(gain(ledger, read(60s, {})) == 0);
    CHECK(gain(ledger, read(120s, {{day(0), delivered(0)}})) == 0);
    CHECK(gain(ledger, read(180s, {{day(0), delivered(504)}})) == 4);
  }
  SECTION("it stays away: re-based, told as a correction") {
    for (int i = 1; i <= 2; ++i) CHECK(ledger.book(read(i * 60s, {})).increments[0].corrections == 0);
    CHECK(ledger.book(read(180s, {})).increments[0].corrections == 1);
    SECTION("and comes back as it was: only what is new counts") {
      CHECK(gain(ledger, read(240s, {{day(0), delivered(507)}})) == 7);
    }
    SECTION("and grows from zero: all of it counts") {
      CHECK(gain(ledger, read(240s, {{day(0), delivered(3)}})) == 3);
      CHECK(gain(ledger, read(300s, {{day(0), delivered(8)}})) == 5);
    }
  }
}

TEST_CASE("where answers name everything, a subject that appears has been at zero") {
  Ledger ledger;
  const Subject gmail{"main", Dimension::mailboxProvider, "Gmail"},
      yahoo{"main", Dimension::mailboxProvider, "Yahoo"};
  auto first = read(0s, {{day(0), delivered(10)}}, gmail);
  first.namesAll = true;
  ledger.book(first);
  auto second = read(60s, {{day(0), delivered(10)}}, gmail);
  second.namesAll = true;
  second.totals.push_back({yahoo, {{day(0), delivered(3)}}});
  const auto booking = ledger.book(second);
  REQUIRE(booking.increments.size() == 2);
  CHECK(booking.increments[1].subject == yahoo);
  CHECK(booking.increments[1].counts == delivered(3));
  CHECK(booking.increments[1].from == kStart);
}

TEST_CASE("numbers from outside cannot be negative or absurd") {
  Ledger ledger;
  ledger.book(read(0s, {{day(0), delivered(-5)}}));
  CHECK(gain(ledger, read(60s, {{day(0), delivered(2)}})) == 2);
  CHECK(gain(ledger, read(120s, {{day(0), delivered(INT64_MAX)}})) == 4294967293);
}

TEST_CASE("random polls, late mail, corrections and restarts: the windows hold what a plain model holds") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Ledger ledger;
    Windows windows;
    std::map<Date, std::int64_t> truth;
    std::vector<std::pair<Instant, std::int64_t>> gains;
    Duration at{};
    int newest = 0;
    ledger.book(read(at, {}));
    windows.add({kMain, kStart, kStart, {}, 0});
    for (int poll = 0; poll < 300; ++poll) {
      at += 60s + 1s * roll(30);
      if (roll(100) == 0 && newest < 1) ++newest;
      for (int n = roll(4); n > 0; --n) truth[day(newest - roll(2))] += roll(20);
      // The provider takes five back; what comes again afterwards is new mail to whoever only sees totals.
      if (roll(25) == 0 && truth[day(newest)] > 5) truth[day(newest)] -= 5;
      std::vector<DayTotal> rows;
      for (const auto& [date, n] : truth) rows.push_back({date, delivered(n)});
      const auto booking = ledger.book(read(at, rows));
      REQUIRE(booking.increments.size() == 1);
      const auto gained = booking.increments[0].counts[Metric::delivered];
      windows.add(booking.increments[0]);
      gains.emplace_back(kStart + at, gained);
      if (roll(20) == 0) {
        // A restart: the ledger is what its cells and its last read say.
        Ledger restored;
        for (const auto& cell : ledger.cells(kMain)) restored.restore(cell);
        const Source source{"main", Dimension::account};
        restored.restoreRead(source, *ledger.lastRead(source), *ledger.daysAsked(source));
        ledger = restored;
      }
    }
    std::int64_t total = 0;
    for (const auto& [when, n] : gains) total += n;
    // A window that begins before everything and a window that begins at a read hold exactly what was gained.
    const auto end = gains.back().first;
    CHECK(windows.sum(kMain, end - kStart, end, 1min).counts[Metric::delivered] == total);
    const auto& [edge, unused] = gains[gains.size() - 50];
    std::int64_t lately = 0;
    for (std::size_t i = gains.size() - 49; i < gains.size(); ++i) lately += gains[i].second;
    CHECK(windows.sum(kMain, end - edge, end, 1min).counts[Metric::delivered] == lately);
  }
}
