#include "delivery/ledger.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "base/time_zone.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Source kSource{"main", Dimension::account};
const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();

Date day(int offset) { return parseDate("2026-11-23").value() + std::chrono::days(offset); }

Counts delivered(std::int64_t n) {
  Counts counts;
  counts[Metric::delivered] = n;
  return counts;
}

// A read of the account. Asks for the three days before, today and tomorrow, unless told otherwise.
Read read(Duration at, std::vector<DayTotal> rows) {
  return {kSource, kStart + at, day(-3), day(1), {{kMain, std::move(rows)}}, true};
}

Read readFrom(int firstDay, Duration at, std::vector<DayTotal> rows) {
  auto answer = read(at, std::move(rows));
  answer.firstDay = day(firstDay);
  return answer;
}

// What one read of the account gained of `delivered`.
std::int64_t gain(Ledger& ledger, const Read& answer) {
  const auto changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 1);
  return changes.increments[0].counts[Metric::delivered];
}

unsigned corrections(Ledger& ledger, const Read& answer) {
  const auto changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 1);
  return changes.increments[0].corrections;
}

// As a restart does: a ledger is what its cells and its last reads say.
Ledger restored(const Ledger& ledger, const std::vector<Source>& sources) {
  Ledger again;
  for (const auto& subject : ledger.subjects())
    for (const auto& cell : ledger.cells(subject)) again.restore(cell);
  for (const auto& source : sources)
    if (const auto at = ledger.lastRead(source))
      again.restoreRead(source, *at, ledger.daysAsked(source).value());
  return again;
}

}  // namespace

TEST_CASE("counting begins with the first answer about a subject") {
  Ledger ledger;
  const auto changes = ledger.apply(read(0s, {{day(0), delivered(500)}}));
  REQUIRE(changes.increments.size() == 1);
  CHECK(changes.increments[0].counts.isZero());
  CHECK(changes.increments[0].from == changes.increments[0].to);
  CHECK(gain(ledger, read(60s, {{day(0), delivered(512)}})) == 12);
}

TEST_CASE("a first answer without any row is not a baseline") {
  Ledger ledger;
  CHECK(ledger.apply(read(0s, {})).increments.empty());
  CHECK(gain(ledger, read(60s, {{day(0), delivered(500)}})) == 0);
  CHECK(gain(ledger, read(120s, {{day(0), delivered(501)}})) == 1);
}

TEST_CASE("a new day begins at zero, and the day before may still grow") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  CHECK(gain(ledger, read(60s, {{day(0), delivered(503)}, {day(1), delivered(4)}})) == 7);
}

TEST_CASE("an earlier day that the answer lacked until now is a baseline, not a burst") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  CHECK(gain(ledger, read(60s, {{day(-1), delivered(9000)}, {day(0), delivered(500)}})) == 0);
  CHECK(gain(ledger, read(120s, {{day(-1), delivered(9002)}, {day(0), delivered(500)}})) == 2);
}

TEST_CASE("a day older than any asked for before is a baseline, and late mail on it counts from then on") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  CHECK(gain(ledger, readFrom(-30, 60s, {{day(-20), delivered(9000)}, {day(0), delivered(501)}})) == 1);
  CHECK(gain(ledger, readFrom(-30, 120s, {{day(-20), delivered(9005)}, {day(0), delivered(501)}})) == 5);
}

TEST_CASE("a value that falls is believed once three reads agree; what is new counts above its old height") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  for (int i = 1; i <= 2; ++i) CHECK(corrections(ledger, read(i * 60s, {{day(0), delivered(300)}})) == 0);
  const auto corrected = ledger.apply(read(180s, {{day(0), delivered(301)}}));
  CHECK(corrected.increments[0].counts.isZero());
  CHECK(corrected.increments[0].corrections == 1);
  CHECK(ledger.cells(kMain)[0].counts == delivered(301));
  CHECK(gain(ledger, read(240s, {{day(0), delivered(310)}})) == 0);
  SECTION("a return to the old value adds nothing") {
    CHECK(gain(ledger, read(300s, {{day(0), delivered(503)}})) == 3);
    CHECK(gain(ledger, read(360s, {{day(0), delivered(504)}})) == 1);
  }
  SECTION("nor does a return to nearly the old value, even over a restart") {
    ledger = restored(ledger, {kSource});
    CHECK(gain(ledger, read(300s, {{day(0), delivered(490)}})) == 0);
    CHECK(gain(ledger, read(360s, {{day(0), delivered(502)}})) == 2);
  }
}

TEST_CASE("answers of a replica that lags add nothing, however they alternate") {
  for (const int inARow : {1, 2, 3, 4, 10}) {
    CAPTURE(inARow);
    Ledger ledger;
    ledger.apply(read(0s, {{day(0), delivered(540)}}));
    Duration at = 60s;
    std::int64_t gained = gain(ledger, read(at, {{day(0), delivered(600)}}));
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < inARow; ++i)
        gained += gain(ledger, read(at += 60s, {{day(0), delivered(217 + 2 * i)}}));
      gained += gain(ledger, read(at += 60s, {{day(0), delivered(600)}}));
    }
    CHECK(gained == 60);
  }
}

TEST_CASE("a replica that lags by an incident does not count the incident again, also over restarts") {
  const int behind = GENERATE(5, 40, 70);
  const int answers = GENERATE(2, 3, 30, 90);
  const bool restarts = GENERATE(false, true);
  CAPTURE(behind, answers, restarts);
  // Blocks by minute: a few all the time, many in an incident of twelve minutes.
  const auto blocksAt = [](int minute) {
    Counts counts;
    for (int i = 0; i <= minute; ++i) counts[Metric::blocks] += i >= 120 && i < 132 ? 3 : i % 10 == 0 ? 1 : 0;
    return counts;
  };
  Ledger ledger;
  std::int64_t gained = 0;
  for (int minute = 0; minute < 300; ++minute) {
    const bool lags = minute >= 150 && minute < 150 + answers;
    const auto changes =
        ledger.apply(read(minute * 60s, {{day(0), blocksAt(lags ? minute - behind : minute)}}));
    gained += changes.increments[0].counts[Metric::blocks];
    if (restarts && minute % 7 == 0) ledger = restored(ledger, {kSource});
  }
  CHECK(gained == blocksAt(299)[Metric::blocks] - blocksAt(0)[Metric::blocks]);
}

TEST_CASE("each metric is believed by itself: one that is missing in an answer leaves the others alone") {
  Ledger ledger;
  auto before = delivered(500);
  before[Metric::bounces] = 10;
  ledger.apply(read(0s, {{day(0), before}}));
  auto after = delivered(507);
  after[Metric::bounces] = 0;
  const auto changes = ledger.apply(read(60s, {{day(0), after}}));
  CHECK(changes.increments[0].counts == delivered(7));
  CHECK(changes.increments[0].corrections == 0);
  after = delivered(0);
  after[Metric::bounces] = 12;
  CHECK(ledger.apply(read(120s, {{day(0), after}})).increments[0].counts[Metric::bounces] == 2);
  after = delivered(509);
  after[Metric::bounces] = 12;
  CHECK(ledger.apply(read(180s, {{day(0), after}})).increments[0].counts == delivered(2));
}

TEST_CASE("a row that vanishes or turns zero is held until three reads agree") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  SECTION("it comes back in time: nothing happened") {
    CHECK(gain(ledger, read(60s, {})) == 0);
    CHECK(gain(ledger, read(120s, {{day(0), delivered(0)}})) == 0);
    CHECK(gain(ledger, read(180s, {{day(0), delivered(504)}})) == 4);
    SECTION("and the count of reads begins anew") {
      for (int i = 4; i <= 5; ++i) CHECK(corrections(ledger, read(i * 60s, {})) == 0);
      CHECK(corrections(ledger, read(6 * 60s, {})) == 1);
    }
  }
  SECTION("even over a restart") {
    CHECK(corrections(ledger, read(60s, {})) == 0);
    ledger = restored(ledger, {kSource});
    CHECK(corrections(ledger, read(120s, {})) == 0);
    ledger = restored(ledger, {kSource});
    CHECK(corrections(ledger, read(180s, {})) == 1);
    ledger = restored(ledger, {kSource});
    CHECK(gain(ledger, read(240s, {{day(0), delivered(507)}})) == 7);
  }
  SECTION("it stays away: a new baseline, told as a correction") {
    for (int i = 1; i <= 2; ++i) CHECK(corrections(ledger, read(i * 60s, {})) == 0);
    CHECK(corrections(ledger, read(180s, {})) == 1);
    SECTION("and comes back as it was: only what is new counts") {
      CHECK(gain(ledger, read(240s, {{day(0), delivered(507)}})) == 7);
      CHECK(gain(ledger, read(300s, {{day(0), delivered(509)}})) == 2);
    }
    SECTION("and comes back nearly as it was: nothing is new") {
      CHECK(gain(ledger, read(240s, {{day(0), delivered(495)}})) == 0);
      CHECK(gain(ledger, read(300s, {{day(0), delivered(502)}})) == 2);
    }
    SECTION("and grows from zero: what passes its old height counts, and the next day all of it") {
      CHECK(gain(ledger, read(240s, {{day(0), delivered(3)}})) == 0);
      CHECK(gain(ledger, read(300s, {{day(0), delivered(450)}})) == 0);
      CHECK(gain(ledger, read(360s, {{day(0), delivered(502)}})) == 2);
      CHECK(gain(ledger, read(420s, {{day(0), delivered(502)}, {day(1), delivered(2)}})) == 2);
    }
  }
}

TEST_CASE("after a downtime one increment spans the gap, and no day is passed over") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  const Duration away = 10 * 24h;
  const auto today = day(10);
  CHECK(ledger.firstDayToAsk(kSource, today - std::chrono::days(3), today) == day(-2));
  SECTION("asked for from there on") {
    auto answer = read(away, {{day(0), delivered(600)}, {day(5), delivered(70)}, {day(10), delivered(8)}});
    answer.lastDay = today;
    const auto changes = ledger.apply(answer);
    CHECK(changes.increments[0].counts == delivered(100 + 70 + 8));
    CHECK(changes.increments[0].from == kStart);
    CHECK(changes.increments[0].to == kStart + away);
  }
  SECTION("also when the first answer after it holds nothing") {
    auto answer = read(away, {});
    answer.firstDay = day(-2);
    answer.lastDay = today;
    CHECK(gain(ledger, answer) == 0);
    CHECK(ledger.firstDayToAsk(kSource, today - std::chrono::days(3), today) == day(-2));
    answer.at += 60s;
    answer.totals[0].days = {{day(0), delivered(600)}, {day(5), delivered(70)}, {day(10), delivered(8)}};
    // So much within a minute waits for two more answers.
    CHECK(gain(ledger, answer) == 0);
    answer.at += 60s;
    CHECK(gain(ledger, answer) == 0);
    answer.at += 60s;
    CHECK(gain(ledger, answer) == 100 + 70 + 8);
  }
  SECTION("days that were passed over all the same bring no burst when they are seen again") {
    auto answer = read(away, {{day(8), delivered(70)}, {day(10), delivered(8)}});
    answer.firstDay = day(7);
    answer.lastDay = today;
    CHECK(gain(ledger, answer) == 78);
    answer.at += 60s;
    answer.firstDay = day(-20);
    answer.totals[0].days = {
        {day(0), delivered(600)}, {day(5), delivered(70)}, {day(8), delivered(71)}, {day(10), delivered(8)}};
    CHECK(gain(ledger, answer) == 1);
  }
  CHECK(ledger.firstDayToAsk(kSource, day(97), day(100)) == day(65));
  CHECK(ledger.firstDayToAsk({"other", Dimension::account}, day(97), day(100)) == day(97));
}

namespace {

// A poll as the program makes it: what the provider has of `rows`, and zeros for all other days asked for.
Read poll(const Ledger& ledger, Duration at, const std::map<Date, Counts>& rows) {
  Read answer = read(at, {});
  answer.lastDay = latestDate(answer.at);
  answer.firstDay = ledger.firstDayToAsk(kSource, answer.lastDay - std::chrono::days(4), answer.lastDay);
  for (auto date = answer.firstDay; date <= answer.lastDay; date += std::chrono::days(1))
    answer.totals[0].days.push_back({date, rows.contains(date) ? rows.at(date) : Counts{}});
  return answer;
}

}  // namespace

TEST_CASE("a clock that was far ahead leaves nothing behind once it is right") {
  const int days = GENERATE(1, 2, 3, 4, 5, 7, 31, 36, 40, 400);
  const bool atFirstStart = GENERATE(true, false);
  CAPTURE(days, atFirstStart);
  const Duration step = 24h * days;
  std::map<Date, Counts> rows{{day(-1), delivered(900)}, {day(0), delivered(500)}};
  Ledger ledger;
  if (!atFirstStart) ledger.apply(poll(ledger, 0s, rows));
  ledger.shift(step);
  for (int i = 1; i <= 10; ++i) {
    rows[day(0)] = delivered(500 + i / 10);
    ledger.apply(poll(ledger, step + i * 60s, rows));
  }
  if (GENERATE(true, false)) ledger = restored(ledger, {kSource});
  ledger.shift(-step);
  rows[day(0)] = delivered(502);
  const auto changes = ledger.apply(poll(ledger, 660s, rows));
  REQUIRE(changes.increments.size() == 1);
  // Before the first sound read nobody knows; of an account that was known nothing is lost.
  if (!atFirstStart) {
    CHECK(changes.increments[0].counts[Metric::delivered] >= 1);
  } else {
    CHECK(changes.increments[0].counts[Metric::delivered] <= 1);
  }
  for (const auto& cell : ledger.cells(kMain)) CHECK(cell.date <= day(1));
  rows[day(0)] = delivered(504);
  CHECK(gain(ledger, poll(ledger, 720s, rows)) == 2);
  rows[day(1)] = delivered(4);
  CHECK(gain(ledger, poll(ledger, 24h, rows)) == 4);
  rows[day(2)] = delivered(7);
  CHECK(gain(ledger, poll(ledger, 48h, rows)) == 7);
}

TEST_CASE("a clock that was far behind makes no burst of the days that it passed over") {
  const int days = GENERATE(1, 2, 4, 7, 31, 36, 40, 400);
  const bool atFirstStart = GENERATE(true, false);
  CAPTURE(days, atFirstStart);
  std::map<Date, Counts> rows;
  for (int back = -450; back <= 0; ++back) rows[day(back)] = delivered(1000);
  const Duration step = -24h * days;
  Ledger ledger;
  if (!atFirstStart) ledger.apply(poll(ledger, 15h, rows));
  ledger.shift(step);
  for (int i = 1; i <= 3; ++i) CHECK(gain(ledger, poll(ledger, 15h + step + i * 60s, rows)) == 0);
  ledger.shift(-step);
  CHECK(gain(ledger, poll(ledger, 15h + 240s, rows)) == 0);
  rows[day(0)] = delivered(1010);
  rows[day(-2)] = delivered(1001);
  CHECK(gain(ledger, poll(ledger, 15h + 300s, rows)) == 11);
  rows[day(1)] = delivered(4);
  CHECK(gain(ledger, poll(ledger, 24h, rows)) == 4);
}

TEST_CASE("a row of a day that has begun nowhere is no mail") {
  Ledger ledger;
  auto answer = read(0s, {{day(0), delivered(500)}});
  answer.lastDay = day(9);
  ledger.apply(answer);
  answer.at += 60s;
  answer.totals[0].days = {{day(0), delivered(501)}, {day(3), delivered(7000)}};
  CHECK(gain(ledger, answer) == 1);
}

TEST_CASE("where answers name everything, a subject that appears has been at zero") {
  Ledger ledger;
  const Subject gmail{"main", Dimension::mailboxProvider, "Gmail"};
  const Subject yahoo{"main", Dimension::mailboxProvider, "Yahoo"};
  Read answer{{"main", Dimension::mailboxProvider}, kStart, day(-3), day(1), {}, true};
  answer.totals = {{gmail, {{day(-1), delivered(90)}, {day(0), delivered(10)}}}};
  ledger.apply(answer);
  answer.at += 60s;
  answer.totals.push_back({yahoo, {{day(-1), delivered(2)}, {day(0), delivered(3)}}});
  const auto changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 2);
  CHECK(changes.increments[1].subject == yahoo);
  CHECK(changes.increments[1].counts == delivered(5));
  CHECK(changes.increments[1].from == kStart);
}

TEST_CASE("of subjects asked for by name, a new one is a baseline and one left out was not read") {
  Ledger ledger;
  const Subject news{"main", Dimension::category, "news"};
  const Subject alarm{"main", Dimension::category, "alarm"};
  Read answer{{"main", Dimension::category}, kStart, day(-3), day(1), {}, false, {"news"}};
  answer.totals = {{news, {{day(0), delivered(10)}}}};
  ledger.apply(answer);

  answer.at += 60s;
  answer.asked = {"alarm", "news"};
  answer.totals.push_back({alarm, {{day(0), delivered(7000)}}});
  auto changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 2);
  CHECK(changes.increments[0].subject == alarm);
  CHECK(changes.increments[0].counts.isZero());

  // No longer asked for: no increment, and its row is not taken for gone.
  for (int i = 0; i < 5; ++i) {
    answer.at += 60s;
    answer.asked = {"alarm"};
    answer.totals = {{alarm, {{day(0), delivered(7001)}}}};
    changes = ledger.apply(answer);
    REQUIRE(changes.increments.size() == 1);
    CHECK(changes.increments[0].subject == alarm);
  }
  answer.at += 60s;
  answer.asked = {"alarm", "news"};
  answer.totals.push_back({news, {{day(0), delivered(12)}}});
  changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 2);
  CHECK(changes.increments[1].counts == delivered(2));
}

TEST_CASE("a subject asked for by name that has no mail stands at zero") {
  Ledger ledger;
  const Subject news{"main", Dimension::category, "news"};
  Read answer{{"main", Dimension::category}, kStart, day(-3), day(1), {}, false, {"idle", "news"}};
  answer.totals = {{news, {{day(0), delivered(10)}}}};
  CHECK(ledger.apply(answer).increments.size() == 2);
  answer.at += 60s;
  answer.totals.push_back({{"main", Dimension::category, "idle"}, {{day(0), delivered(4)}}});
  const auto changes = ledger.apply(answer);
  REQUIRE(changes.increments.size() == 2);
  CHECK(changes.increments[0].counts == delivered(4));
}

TEST_CASE("one source's read says nothing about another's subjects") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(500)}}));
  Read other{{"city", Dimension::account}, kStart + 60s, day(-3), day(1), {}, true};
  other.totals = {{{"city", Dimension::account, ""}, {{day(0), delivered(1)}}}, {kMain, {}}};
  CHECK(ledger.apply(other).increments.size() == 1);
  CHECK(ledger.cells(kMain)[0].lowerReads == 0);
}

TEST_CASE("cells are forgotten after 35 days, and subjects with their last cell") {
  Ledger ledger;
  const Subject gmail{"main", Dimension::mailboxProvider, "Gmail"};
  const Subject yahoo{"main", Dimension::mailboxProvider, "Yahoo"};
  Read answer{{"main", Dimension::mailboxProvider}, kStart, day(0), day(0), {}, true};
  answer.totals = {{gmail, {{day(0), delivered(90)}}}, {yahoo, {{day(0), delivered(1)}}}};
  ledger.apply(answer);
  std::vector<Subject> removed;
  std::size_t forgotten = 0;
  for (int i = 1; i <= 36; ++i) {
    answer.at += 24h;
    answer.firstDay = day(i - 1);
    answer.lastDay = day(i);
    answer.totals = {{gmail, {{day(i), delivered(90)}}}};
    const auto changes = ledger.apply(answer);
    forgotten += changes.forgotten.size();
    removed.insert(removed.end(), changes.removed.begin(), changes.removed.end());
  }
  CHECK(removed == std::vector<Subject>{yahoo});
  CHECK(forgotten == 2);
  CHECK(ledger.cells(gmail).size() == 36);
  CHECK(ledger.subjects() == std::vector<Subject>{gmail});
}

TEST_CASE("an answer older than the last one is ignored") {
  Ledger ledger;
  ledger.apply(read(60s, {{day(0), delivered(500)}}));
  CHECK(ledger.apply(read(0s, {{day(0), delivered(400)}})).increments.empty());
  CHECK(gain(ledger, read(120s, {{day(0), delivered(501)}})) == 1);
  SECTION("unless the wall clock was set back, and the ledger with it") {
    ledger.shift(-1h);
    CHECK(gain(ledger, read(180s - 1h, {{day(0), delivered(503)}})) == 2);
  }
}

namespace {

Counts mailOf(std::int64_t requests, std::int64_t delivered) {
  Counts counts;
  counts[Metric::requests] = requests;
  counts[Metric::delivered] = delivered;
  return counts;
}

Increment only(const Ledger::Changes& changes) {
  REQUIRE(changes.increments.size() == 1);
  return changes.increments[0];
}

}  // namespace

TEST_CASE("a metric that an answer lacks is unknown meanwhile, and comes whole with the next one") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), mailOf(1000, 990)}}));
  CHECK(only(ledger.apply(read(1min, {{day(0), mailOf(1010, 1000)}}))).stale.empty());
  for (int minute = 2; minute < 20; ++minute) {
    const auto changes = ledger.apply(read(minute * 1min, {{day(0), mailOf(1000 + 10 * minute, kLacking)}}));
    CHECK(only(changes).stale == Metrics{Metric::delivered});
    CHECK(changes.lacking == Metrics{Metric::delivered});
    CHECK(only(changes).counts == mailOf(10, 0));
    CHECK(only(changes).corrections == 0);
    if (minute == 10) ledger = restored(ledger, {kSource});
  }
  // So much at once waits for two more answers.
  for (const auto at : {20min + 0s, 20min + 30s})
    CHECK(only(ledger.apply(read(at, {{day(0), mailOf(1200, 1190)}}))).counts.isZero());
  const auto changes = ledger.apply(read(21min, {{day(0), mailOf(1200, 1190)}}));
  CHECK(only(changes).stale.empty());
  CHECK(changes.lacking.empty());
  CHECK(only(changes).counts == mailOf(10, 190));
}

TEST_CASE("what the first answers lack has no past when it comes") {
  Ledger ledger;
  CHECK(only(ledger.apply(read(0s, {{day(0), mailOf(1000, kLacking)}}))).stale.contains(Metric::delivered));
  ledger = restored(ledger, {kSource});
  CHECK(only(ledger.apply(read(1min, {{day(0), mailOf(1010, 1000)}}))).counts == mailOf(10, 0));
  CHECK(only(ledger.apply(read(2min, {{day(0), mailOf(1020, 1010)}}))).counts == mailOf(10, 10));
  SECTION("a new day begins at zero, whatever its first answer lacks") {
    const DayTotal before{day(0), mailOf(1020, 1020)};
    ledger.apply(read(24h, {before, {day(1), mailOf(5, kLacking)}}));
    CHECK(only(ledger.apply(read(24h + 1min, {before, {day(1), mailOf(9, 7)}}))).counts == mailOf(4, 7));
  }
}

TEST_CASE("a metric that is lower than it was is unknown until it is no longer, or has risen for minutes") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), mailOf(1000, 990)}}));
  const auto until = [&](int end) {
    for (int minute = 1; minute < end; ++minute) {
      const auto changes = ledger.apply(read(minute * 1min, {{day(0), mailOf(1000 + 10 * minute, minute)}}));
      CHECK(only(changes).stale == Metrics{Metric::delivered});
      CHECK(changes.lacking.empty());
      CHECK(changes.fallen == std::map<Metric, Ledger::Fall>{{Metric::delivered, {kMain, 990, minute}}});
    }
  };
  SECTION("then it is what windows go on from") {
    until(5);
    const auto risen = only(ledger.apply(read(5min, {{day(0), mailOf(1050, 5)}})));
    CHECK(risen.stale.empty());
    CHECK(risen.counts == mailOf(10, 0));
    CHECK(risen.below == mailOf(0, 1));
    REQUIRE(risen.rebase);
    CHECK(risen.rebase->level == mailOf(1040, 990));
    CHECK(risen.rebase->shown.size() == 4);
    ledger = restored(ledger, {kSource});
    CHECK(only(ledger.apply(read(6min, {{day(0), mailOf(1060, 9)}}))).below == mailOf(0, 4));
    for (const auto at : {7min + 0s, 7min + 30s})
      CHECK(only(ledger.apply(read(at, {{day(0), mailOf(1070, 1000)}}))).counts.isZero());
    const auto back = only(ledger.apply(read(8min, {{day(0), mailOf(1070, 1000)}})));
    CHECK(back.counts == mailOf(10, 10));
    CHECK(back.below == mailOf(0, 981));
    CHECK(only(ledger.apply(read(9min, {{day(0), mailOf(1080, 1010)}}))).counts == mailOf(10, 10));
    return;
  }
  until(4);
  CHECK(only(ledger.apply(read(10min, {{day(0), mailOf(1100, 1090)}}))).stale.empty());
  SECTION("the next day it starts anew") {
    ledger.apply(read(11min, {{day(0), mailOf(1110, 1095)}}));
    for (int minute = 12; minute < 16; ++minute)
      ledger.apply(read(minute * 1min, {{day(0), mailOf(1110, 1094)}}));
    const DayTotal corrected{day(0), mailOf(1110, 1094)};
    CHECK(only(ledger.apply(read(16min, {corrected}))).stale == Metrics{Metric::delivered});
    CHECK(only(ledger.apply(read(24h, {corrected, {day(1), mailOf(5, 3)}}))).stale.empty());
  }
}

TEST_CASE(
    "what stands still below its mark gained nothing, and that is known: nothing is delivered any more") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), mailOf(1000, 990)}}));
  ledger.apply(read(1min, {{day(0), mailOf(1010, 1000)}}));
  // One delivery is taken back, and from now on every mail fails.
  const auto failing = [&](int minute) {
    return ledger.apply(read(minute * 1min, {{day(0), mailOf(1000 + 10 * minute, 999)}}));
  };
  for (int minute = 2; minute < 6; ++minute) CHECK(only(failing(minute)).stale == Metrics{Metric::delivered});
  for (int minute = 6; minute < 60; ++minute) {
    const auto changes = failing(minute);
    CHECK(only(changes).stale.empty());
    CHECK(only(changes).counts == mailOf(10, 0));
    CHECK(changes.fallen.empty());
  }
  SECTION("and what it grows by then") {
    CHECK(only(ledger.apply(read(60min, {{day(0), mailOf(1600, 999)}}))).stale.empty());
    const auto grown = only(ledger.apply(read(61min, {{day(0), mailOf(1610, 1008)}})));
    CHECK(grown.counts == mailOf(10, 8));
    CHECK(grown.below == mailOf(0, 1));
  }
}

TEST_CASE("of a subject whose answer is held back nothing is known, and what is held is named") {
  Ledger ledger;
  for (int minute = 0; minute < 10; ++minute)
    ledger.apply(read(minute * 1min, {{day(0), mailOf(1000 + 10 * minute, 990 + 10 * minute)}}));
  const auto changes = ledger.apply(read(10min, {{day(0), mailOf(3000, 1090)}}));
  CHECK(only(changes).stale == Metrics::all());
  REQUIRE(changes.held);
  CHECK(changes.held->subject == kMain);
  CHECK(changes.held->answered == 3000);
  CHECK_FALSE(ledger.apply(read(11min, {{day(0), mailOf(1110, 1100)}})).held);
}

TEST_CASE("more outcomes than mail are no numbers: unknown and named until they can be true again") {
  Ledger ledger;
  const auto at = [&](int minute, std::int64_t requests, std::int64_t delivered) {
    return ledger.apply(read(minute * 1min, {{day(0), mailOf(requests, delivered)}}));
  };
  for (int minute = 0; minute < 10; ++minute) at(minute, 10 * minute, 10 * minute);
  const auto wrong = at(10, 100, 200);
  CHECK(wrong.refused == Metrics{Metric::delivered});
  CHECK(wrong.contradiction == Ledger::Contradiction{kMain, Metric::delivered, 200, 100});
  CHECK(only(wrong).stale.contains(Metric::delivered));
  CHECK(only(wrong).counts[Metric::delivered] == 0);
  for (int minute = 11; minute < 30; ++minute)
    CHECK(at(minute, 10 * minute, 20 * minute).contradiction.has_value());
  const auto right = at(30, 300, 298);
  CHECK_FALSE(right.contradiction);
  CHECK(only(right).stale.empty());
  CHECK(only(right).counts[Metric::delivered] == 298 - 90);
}

TEST_CASE("outcomes of mail that was open at midnight are no contradiction, nor are a few that come early") {
  Ledger ledger;
  ledger.apply(read(0min, {{day(-1), mailOf(1000, 700)}, {day(0), mailOf(0, 0)}}));
  CHECK_FALSE(
      ledger.apply(read(1min, {{day(-1), mailOf(1000, 700)}, {day(0), mailOf(5, 120)}})).contradiction);
  CHECK_FALSE(
      ledger.apply(read(2min, {{day(-1), mailOf(1000, 700)}, {day(0), mailOf(50, 350)}})).contradiction);
  CHECK(ledger.apply(read(3min, {{day(-1), mailOf(1000, 700)}, {day(0), mailOf(50, 900)}})).contradiction);
}

TEST_CASE("numbers from outside cannot be negative, and what no count can be is unknown") {
  Ledger ledger;
  ledger.apply(read(0s, {{day(0), delivered(-5)}}));
  CHECK(gain(ledger, read(60s, {{day(0), delivered(2)}})) == 0);  // the first that is known of the day
  for (const auto at : {120s, 180s}) CHECK(gain(ledger, read(at, {{day(0), delivered(4294967295)}})) == 0);
  CHECK(gain(ledger, read(240s, {{day(0), delivered(4294967295)}})) == 4294967293);

  const auto changes = ledger.apply(read(300s, {{day(0), delivered(INT64_MAX)}}));
  CHECK(changes.increments[0].counts.isZero());
  CHECK(changes.increments[0].stale.contains(Metric::delivered));
  CHECK(changes.refused == Metrics{Metric::delivered});
  CHECK(changes.lacking.empty());
}

TEST_CASE("names without end are cut off") {
  Ledger ledger;
  Read flood{{"main", Dimension::category}, kStart, day(0), day(0), {}, true};
  for (std::size_t i = 0; i < Ledger::kMaxSubjects + 5; ++i)
    flood.totals.push_back({{"main", Dimension::category, std::to_string(i)}, {{day(0), delivered(1)}}});
  const auto changes = ledger.apply(flood);
  CHECK(changes.increments.size() == Ledger::kMaxSubjects);
  CHECK(changes.beyondLimit == 5);
}

namespace {

// The provider, as a plain model: mail books on the account's day at which something happens to it, some of
// it shows days later, numbers are corrected, answers lack rows at times.
struct Provider {
  std::map<Subject, std::map<Date, Counts>> totals;

  void apply(const Subject& subject, Date date, Metric metric, std::int64_t n) {
    totals[subject][date][metric] += n;
  }
};

}  // namespace

TEST_CASE(
    "random polls, late mail, corrections, restarts, gaps and malformed days agree with a plain model") {
  const std::vector<std::pair<std::string, std::string>> places = {
      {"Europe/Berlin", "2026-10-22T00:00:00Z"},        // clocks go back on the 25th
      {"America/New_York", "2026-03-05T00:00:00Z"},     // forward on the 8th
      {"Australia/Lord_Howe", "2026-04-02T00:00:00Z"},  // by half an hour on the 5th
      {"Asia/Tokyo", "2026-12-29T00:00:00Z"},
  };
  for (std::uint32_t seed = 1; seed <= 16; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto& [zoneName, start] = places[seed % places.size()];
    const auto zone = TimeZone::find(zoneName).value();
    auto now = parseIso(start).value();
    const std::vector<Subject> providers = {{"main", Dimension::mailboxProvider, "Gmail"},
                                            {"main", Dimension::mailboxProvider, "Yahoo"},
                                            {"main", Dimension::mailboxProvider, "docomo"}};
    const Source source{"main", Dimension::mailboxProvider};

    Provider provider;
    for (int back = 0; back < 6; ++back)
      provider.apply(providers[0], zone.dateOf(now) - std::chrono::days(back), Metric::delivered, 1000);
    Ledger ledger;
    auto seen = provider.totals;  // the model: what was last shown of each cell
    std::map<Subject, Counts> expected;
    std::map<Subject, Counts> gained;
    std::int64_t lowered = 0;
    int lacking = 0;  // reads in a row without rows
    bool first = true;

    for (int poll = 0; poll < 400; ++poll) {
      const auto today = zone.dateOf(now);
      // Days without mail come as zeros.
      for (auto date = zone.dateOf(parseIso(start).value()); date <= today; date += std::chrono::days(1))
        provider.totals[providers[0]][date];
      // Yahoo appears on the way, docomo near the end.
      const int known = poll < 100 ? 1 : poll < 300 ? 2 : 3;
      for (int n = roll(6); n > 0; --n) {
        const auto late = std::chrono::days(roll(10) == 0 ? roll(3) : 0);
        provider.apply(providers[static_cast<std::size_t>(roll(known))], today - late,
                       static_cast<Metric>(roll(static_cast<int>(Metric::returned))), 1 + roll(30));
      }
      if (roll(40) == 0) {
        auto& cell = provider.totals[providers[0]][today][Metric::delivered];
        // Not down to zero: a row that turns zero is another matter.
        const auto by = std::min<std::int64_t>(std::max<std::int64_t>(cell - 1, 0), roll(5));
        cell -= by;
        lowered += by;
      }

      Read answer{source, now, {}, {}, {}, true};
      const bool farBack = roll(50) == 0;
      const auto usual = today - std::chrono::days(farBack ? 30 : 3);
      answer.firstDay = ledger.firstDayToAsk(source, usual, today);
      answer.lastDay = latestDate(now);
      lacking = lacking < 2 && !first && !farBack && roll(20) == 0 ? lacking + 1 : 0;
      const bool asZeros = roll(2) == 0;
      for (const auto& [subject, days] : provider.totals) {
        SubjectTotals totals{subject, {}};
        for (const auto& [date, counts] : days)
          if (date >= answer.firstDay && date <= answer.lastDay && (lacking == 0 || asZeros))
            totals.days.push_back({date, lacking == 0 ? counts : Counts{}});
        if (!totals.days.empty()) answer.totals.push_back(totals);
        if (lacking > 0) continue;
        for (const auto& [date, counts] : days) {
          if (date < answer.firstDay) continue;
          auto& before = seen[subject][date];
          for (const auto metric : allMetrics()) {
            if (!first)
              expected[subject][metric] += std::max<std::int64_t>(0, counts[metric] - before[metric]);
          }
          before = counts;
        }
      }
      // What is doubtful is asked for again, as the program does.
      for (int again = 0; again < 3; ++again) {
        const auto changes = ledger.apply(answer);
        for (const auto& increment : changes.increments) {
          gained[increment.subject] += increment.counts;
          CHECK(increment.to == now);
        }
        if (!changes.held) break;
        answer.at = now += 1s;
      }
      first = false;
      if (roll(20) == 0) ledger = restored(ledger, {source});
      now += 1s * (30 + roll(1800));
      if (roll(100) == 0) now += 24h * roll(8);
    }
    for (const auto& subject : providers) {
      CAPTURE(subject.name);
      CHECK_FALSE(expected[subject].isZero());
      // What was lowered and counted again, or lowered and outgrown, is in doubt; nothing else is.
      for (const auto metric : allMetrics()) {
        const auto doubt = metric == Metric::delivered && subject == providers[0] ? lowered : 0;
        CHECK(gained[subject][metric] <= expected[subject][metric]);
        CHECK(gained[subject][metric] >= expected[subject][metric] - doubt);
      }
    }
  }
}
