// Which of the two sources is believed, and what is said of them: while the statistics show that mail is
// delivered, mail of which the stream shows no outcome is unknown, and what the stream lacks is told.
#include "watch/two_sources.hpp"

#include <catch2/catch.hpp>

#include "watch/status_json.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

constexpr int kBefore = 60;  // minutes in which all is well

TwoSources::Way lateBy(std::chrono::minutes late) { return {.outcomesLate = late}; }

}  // namespace

TEST_CASE_METHOD(TwoSources,
                 "a stream that begins to bring no outcomes is told as that, and not as a stall") {
  const auto lag = GENERATE(0min, 3min);
  CAPTURE(lag.count());
  way.statisticsLag = lag;
  lively(kBefore, 6);
  way.tellsOutcomes = false;
  lively(40, 6);
  CAPTURE(log());
  CHECK(firedAt("stall") == -1);
  CHECK(firedAt("overdue") == -1);
  const int told = firedAt("stream-differs", kBefore);
  CHECK(told >= 5);
  CHECK(told <= 15);
  const auto lacking = events().status().lacking("main", clock.now());
  REQUIRE(lacking);
  CHECK(lacking->part == stream::Part::delivered);
}

TEST_CASE_METHOD(TwoSources, "a stream that never brought outcomes is told within a quarter of an hour") {
  way.tellsOutcomes = false;
  lively(30, 6);
  CAPTURE(log());
  CHECK(firedAt("stall") == -1);
  const int told = firedAt("stream-differs");
  CHECK(told >= 0);
  CHECK(told <= 15);
}

TEST_CASE_METHOD(TwoSources,
                 "outcomes that a slow webhook tells late are no stall while statistics have them") {
  const auto late = GENERATE(6min, 12min, 30min);
  CAPTURE(late.count());
  lively(kBefore, 6);
  way = lateBy(late);
  lively(15, 6);
  if (late == 6min) {
    CHECK(firedAt("stream-differs") == -1);
  }
  lively(25, 6);
  CAPTURE(log());
  CHECK(firedAt("stall") == -1);
  CHECK(firedAt("overdue") == -1);
  if (late > 6min) {
    CHECK(firedAt("stream-differs", kBefore) >= 0);
    CHECK(firedAt("stream-differs", kBefore) <= 15);
  }
}

TEST_CASE_METHOD(TwoSources, "half of the batches lost is told as missing events, and not as a stall") {
  lively(kBefore, 6);
  way.lostOf = 2;
  lively(60, 6);
  CAPTURE(log());
  CHECK(firedAt("stall") == -1);
  CHECK(firedAt("overdue") == -1);
  const int told = firedAt("stream-differs", kBefore);
  CHECK(told >= 0);
  CHECK(told <= 20);
}

TEST_CASE_METHOD(TwoSources, "an office whose stream brings no outcomes is not told of a stall") {
  way.tellsOutcomes = false;
  for (int mail = 0; mail < 12; ++mail) {
    minute(1);
    minutes(23, 0);
  }
  CAPTURE(log());
  CHECK(firedAt("stall") == -1);
  CHECK(firedAt("overdue") == -1);
}

TEST_CASE_METHOD(TwoSources,
                 "a stall that the statistics show too, or have yet to count, is told as fast as ever") {
  const auto lag = GENERATE(0min, 3min, 12min);
  CAPTURE(lag.count());
  way.statisticsLag = lag;
  lively(kBefore, 6);
  way.delivers = false;
  lively(20, 6);
  CAPTURE(log());
  CHECK(firedAt("stall", kBefore) >= 0);
  CHECK(firedAt("stall", kBefore) <= 6);
  CHECK(firedAt("stream-differs") == -1);
}

TEST_CASE_METHOD(TwoSources, "a wall clock that goes back and forth is not told as missing events") {
  lively(kBefore, 6);
  for (int i = 0; i < 45; ++i) {
    clock.step(i % 2 == 0 ? 400s : -400s);
    owners().noticeClockStep();
    lively(1, 6);
  }
  CAPTURE(log());
  CHECK(firedAt("stream-differs") == -1);
  CHECK(firedAt("stall") == -1);
}

TEST_CASE_METHOD(TwoSources, "an outage within a gap of the first hours is told when the gap ends") {
  config.accounts[0].events.reset();
  reload();
  lively(70, 20);
  // The daemon is away for forty minutes, in half of which half of the mail bounces.
  for (int i = 0; i < 40; ++i) {
    sent[delivery::Metric::requests] += 20;
    sent[delivery::Metric::processed] += 20;
    const int failing = i >= 10 && i < 30 ? 10 : 0;
    sent[delivery::Metric::delivered] += 20 - failing;
    sent[delivery::Metric::bounces] += failing;
  }
  clock.advance(40min);
  minuteNow = 100;
  lively(5, 20);
  CAPTURE(log());
  CHECK(firedAt("delivery-rate", 100) >= 0);
}

TEST_CASE_METHOD(TwoSources, "a stream that is switched on does not begin to learn anew") {
  auto events = std::exchange(config.accounts[0].events, {});
  reload();
  lively(30, 20);
  config.accounts[0].events = std::move(events);
  reload();
  lively(4, 20);
  const auto* series = owners().series(whole);
  REQUIRE(series);
  CHECK(series->sum(10min, clock.now(), 5min).known);
}

TEST_CASE_METHOD(TwoSources,
                 "mail of the time before a stream, which the statistics count late, is not missing") {
  auto events = std::exchange(config.accounts[0].events, {});
  reload();
  way.statisticsLag = 8min;
  lively(40, 20);
  config.accounts[0].events = std::move(events);
  reload();
  lively(60, 5);
  CAPTURE(log());
  CHECK(firedAt("stream-differs") == -1);
}

TEST_CASE_METHOD(TwoSources,
                 "what was told as missing is over once it comes, without waiting for the day's end") {
  lively(kBefore, 6);
  SECTION("all of it comes late, and then on time") { way = lateBy(12min); }
  SECTION("half of it is lost for a while") { way.lostOf = 2; }
  lively(25, 6);
  CAPTURE(log());
  REQUIRE(firedAt("stream-differs", kBefore) >= 0);
  way = {};
  // The longest time in which events are looked for, and the time that the end has to last.
  lively(120, 6);
  for (const auto& alert : owners().alerts().all())
    if (alert.key.rule == "stream-differs") {
      CHECK(alert.state == rules::AlertState::resolved);
    }
}

TEST_CASE_METHOD(TwoSources, "outcomes that always come late are missing only until they come") {
  const auto late = GENERATE(12min, 30min);
  CAPTURE(late.count());
  lively(kBefore, 6);
  way = lateBy(late);
  lively(static_cast<int>(late.count()) + 15 + 75, 6);
  CAPTURE(log());
  REQUIRE(firedAt("stream-differs", kBefore) >= 0);
  CHECK(firedAt("stall") == -1);
  for (const auto& alert : owners().alerts().all())
    if (alert.key.rule == "stream-differs") {
      CHECK(alert.state == rules::AlertState::resolved);
    }
}

TEST_CASE_METHOD(TwoSources, "a third of the batches lost is told as missing events") {
  const auto mails = GENERATE(6, 20);
  CAPTURE(mails);
  lively(kBefore, mails);
  way.lostOf = 3;
  lively(45, mails);
  CAPTURE(log());
  const int told = firedAt("stream-differs", kBefore);
  CHECK(told >= 0);
  CHECK(told <= 25);
  CHECK(firedAt("stall") == -1);
}

TEST_CASE_METHOD(TwoSources,
                 "bounces of another account that go again are no outage, with a stream or without") {
  const bool streamed = GENERATE(true, false);
  CAPTURE(streamed);
  if (!streamed) config.accounts[0].events.reset();
  reload();
  lively(kBefore, 20);
  sent[delivery::Metric::bounces] += 900;
  lively(22, 20);
  CAPTURE(log());
  CHECK(firedAt("delivery-rate") == -1);
  CHECK(firedAt("stream-differs") == -1);
  const auto& doubts = owners().statistics().doubts({"main", delivery::Dimension::account});
  REQUIRE(doubts.contradiction);
  CHECK(doubts.contradiction->metric == delivery::Metric::bounces);
  if (!streamed) {
    CHECK(evaluationOf("delivery-rate").outcome == rules::Outcome::unknown);
  }
  sent[delivery::Metric::bounces] -= 900;
  lively(20, 20);
  CHECK(evaluationOf("delivery-rate").outcome == rules::Outcome::good);
}

TEST_CASE_METHOD(TwoSources,
                 "bounces beyond all mail that stay are told, and never as statistics that cannot be read") {
  config.accounts[0].events.reset();
  reload();
  lively(kBefore, 20);
  sent[delivery::Metric::bounces] += 900;
  lively(75, 20);
  CAPTURE(log());
  CHECK(firedAt("delivery-rate") >= kBefore + 25);
  CHECK(firedAt("delivery-rate") <= kBefore + 31);
  CHECK(firedAt("not-readable") == -1);
  CHECK(firedAt("statistics-contradict") == -1);
}

TEST_CASE_METHOD(TwoSources, "bounces of mail that waited for hours are told at once, and as what they are") {
  config.accounts[0].events.reset();
  reload();
  lively(kBefore, 20);
  for (int i = 0; i < 40; ++i) {
    sent[delivery::Metric::requests] += 5;  // put off by the receiver
    sent[delivery::Metric::processed] += 5;
    lively(1, 20);
  }
  const int from = minuteNow;
  sent[delivery::Metric::bounces] += 200;
  lively(6, 20);
  CAPTURE(log());
  CHECK(firedAt("delivery-rate", from) >= 0);
}
