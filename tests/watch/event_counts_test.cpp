// What the stream counts: windows, days and totals, in memory and in the store.
#include "watch/event_counts.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "events are counted at their own time, by account and category, however late they come") {
  config.accounts[0].categories.names = {"notice"};
  restart();
  events().tick();
  for (int minute = 0; minute < 130; ++minute) {
    CHECK(post("[" +
               event("delivered", "a@b.jp", "m" + std::to_string(minute), 1s,
                     ",\"category\":[\"notice\",\"x\"]") +
               "]") == 204);
    clock.advance(1min);
    events().tick();
  }
  // Each came a second before the minute in which it was posted: nine of them are of the last ten minutes.
  const auto now = clock.now();
  CHECK(delivered(whole, 10min, now) == 9);
  CHECK(delivered({"main", delivery::Dimension::category, "notice"}, 10min, now) == 9);
  // An hour old: in the windows of an hour ago.
  CHECK(post("[" + event("delivered", "late@b.jp", "late", 1h) + "]") == 204);
  clock.advance(1min);
  events().tick();
  CHECK(delivered(whole, 30min, clock.now()) == 28);
  CHECK(delivered(whole, 30min, clock.now() - 45min) == 31);
  // And so after a restart.
  restart();
  CHECK(delivered(whole, 30min, clock.now() - 45min) == 31);
}

TEST_CASE_METHOD(StreamFixture,
                 "what was acknowledged before a crash, and not flushed yet, is counted once after it") {
  CHECK(post("[" + event("processed", "a@b.jp", "m1", 1s) + "]") == 204);
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 1s) + "]") == 204);
  restart();
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(delivered(whole, 10min, clock.now()) == 1);
  restart();
  clock.advance(1min);
  events().tick();
  CHECK(delivered(whole, 10min, clock.now()) == 1);
}

TEST_CASE_METHOD(StreamFixture, "what a store lost that is opened again is written before new events come") {
  events().tick();
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 1s) + "]") == 204);
  clock.advance(1min);
  events().tick();
  for (const auto* table : {"event_days", "event_marks"}) execute(std::string("DELETE FROM ") + table);
  events().storeReopened();
  CHECK(events().storeMissing());
  restart();
  CHECK(delivered(whole, 10min, clock.now()) == 1);
}

TEST_CASE_METHOD(StreamFixture,
                 "what the store refuses is counted in memory and written with the next flush") {
  CHECK(post(one("processed", "a@docomo.ne.jp", "m0", 1s)) == 204);
  minutePasses();
  CHECK(post(one("delivered", "a@docomo.ne.jp", "m1", 1s)) == 204);
  execute("ALTER TABLE event_days RENAME TO away");
  minutePasses();
  CHECK(delivered(10min) == 1);
  REQUIRE(memory->health.trouble());
  execute("ALTER TABLE away RENAME TO event_days");
  CHECK(post(one("delivered", "b@docomo.ne.jp", "m2", 1s)) == 204);
  minutePasses();
  CHECK(memory->health.ok());
  restart();
  CHECK(delivered(10min) == 2);
  CHECK(delivered({"main", delivery::Dimension::domainGroup, "docomo"}, 10min, clock.now()) == 2);
  CHECK(events().counts().day("main", TimeZone().dateOf(clock.now()))->outcomes() == 2);
}

TEST_CASE_METHOD(StreamFixture, "a clock step that cannot be stored is written with the next flush") {
  CHECK(post(one("processed", "a@b.jp", "m0", 1s)) == 204);
  minutePasses();
  CHECK(post(one("delivered", "a@b.jp", "m1", 1s)) == 204);
  minutePasses();
  execute("ALTER TABLE meta RENAME TO away");
  clock.step(-5h);
  owners().noticeClockStep();
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO meta");
  CHECK(post(one("delivered", "a@b.jp", "m2", 0s)) == 204);
  minutePasses();
  const auto before = delivered(10min);
  CHECK(before >= 1);
  restart();
  CHECK(delivered(10min) == before);
}

TEST_CASE_METHOD(StreamFixture, "days are counted by the account's own zone") {
  config.accounts[0].zone = TimeZone::find("Asia/Tokyo").value();
  restart();
  clock.advance(parseIso("2026-11-24T16:00:00Z").value() - clock.now());  // the 25th in Tokyo
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 30min) + "," + event("delivered", "a@b.jp", "m2", 2h) +
             "]") == 204);
  minutePasses();
  CHECK(events().counts().day("main", parseDate("2026-11-25").value())->outcomes() == 1);
  CHECK(events().counts().day("main", parseDate("2026-11-24").value())->outcomes() == 1);
  CHECK_FALSE(events().counts().day("main", parseDate("2026-11-23").value()));
}

TEST_CASE_METHOD(StreamFixture,
                 "days beyond those that are compared are forgotten, in memory and in the store") {
  clock.advance(1h);
  CHECK(post(one("delivered", "a@b.jp", "m0", 1s)) == 204);
  minutePasses();
  const auto first = TimeZone().dateOf(clock.now());
  CHECK(events().counts().day("main", first));
  clock.advance(24h * 60);
  CHECK(post(one("delivered", "a@b.jp", "m1", 1s)) == 204);
  minutePasses();
  CHECK_FALSE(events().counts().day("main", first));
  restart();
  CHECK_FALSE(events().counts().day("main", first));
  CHECK(events().counts().day("main", TimeZone().dateOf(clock.now())));
}

TEST_CASE_METHOD(StreamFixture, "counts that could not be stored are stored though no further event comes") {
  clock.advance(1h);  // not on the border of two days
  CHECK(post(one("delivered", "a@b.jp", "m1", 1s)) == 204);
  minutePasses();
  CHECK(post(one("delivered", "a@b.jp", "m2", 1s)) == 204);
  execute("ALTER TABLE event_days RENAME TO away");
  for (int minute = 0; minute < 30; ++minute) minutePasses();
  CHECK_FALSE(memory->health.ok());
  REQUIRE_FALSE(events().status().alive("main", clock.now()));
  execute("ALTER TABLE away RENAME TO event_days");
  minutePasses();
  CHECK(memory->health.ok());
  restart();
  CHECK(events().counts().day("main", TimeZone().dateOf(clock.now()))->outcomes() == 2);
}
