// What events come to in memory: groups of receivers, messages in flight, flushes.
#include "watch/event_aggregator.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "groups of receivers have windows of their own, which the rules and the metrics know") {
  for (int i = 0; i < 5; ++i)
    CHECK(post("[" +
               event("processed", "a" + std::to_string(i) + "@docomo.ne.jp", "p" + std::to_string(i), 1s) +
               "]") == 204);
  events().tick();
  clock.advance(61s);
  CHECK(post("[" + event("delivered", "a1@docomo.ne.jp", "p1", 1s) + "," +
             event("bounce", "a2@docomo.ne.jp", "p2", 1s) + "]") == 204);
  events().tick();
  const delivery::Subject docomo{"main", delivery::Dimension::domainGroup, "docomo"};
  const auto* series = events().counts().windows().find(docomo);
  REQUIRE(series);
  const auto sum = series->sum(10min, clock.now(), 3min);
  CHECK(sum.counts[delivery::Metric::delivered] == 1);
  CHECK(sum.counts[delivery::Metric::bounces] == 1);
  CHECK(memory->registry.expose().find("docomo") != std::string::npos);
}

TEST_CASE_METHOD(StreamFixture,
                 "other groups after a reload: what is in flight is counted under the new names") {
  CHECK(post("[" + event("processed", "a@partner.example.jp", "m1", 60s) + "," +
             event("processed", "b@docomo.ne.jp", "m2", 60s) + "]") == 204);
  config.eventStream.domainGroups = {{"partner", {"partner.example.jp"}}};
  reload();
  std::vector<std::string> names;
  for (const auto& group : receivers()) names.push_back(group.name);
  CHECK(std::count(names.begin(), names.end(), "partner") == 1);
  CHECK(std::count(names.begin(), names.end(), "docomo") == 1);
  config.eventStream.domainGroups.clear();
  reload();
  CHECK(receivers().size() == 2);
}

TEST_CASE_METHOD(StreamFixture,
                 "an account that is added by a reload leaves what others have counted as it is") {
  CHECK(post("[" + event("processed", "a@b.jp", "m0", 1s) + "]") == 204);
  events().tick();
  clock.advance(1min);
  CHECK(post("[" + event("processed", "a@b.jp", "m1", 30s) + "," + event("delivered", "a@b.jp", "m1", 1s) +
             "]") == 204);
  auto second = config.accounts[0];
  second.name = "second";
  config.accounts.push_back(second);
  reload();
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(delivered(whole, 10min, clock.now()) == 1);
}

TEST_CASE_METHOD(StreamFixture, "receivers are listed with most trouble first, and not at all without mail") {
  CHECK(receivers().empty());
  CHECK(post("[" + event("processed", "a@gmail.com", "m1", 20s) + "," +
             event("delivered", "a@gmail.com", "m1", 1s) + "," +
             event("processed", "a@docomo.ne.jp", "m2", 20min) + "," +
             event("processed", "b@icloud.com", "m3", 20s) + "]") == 204);
  std::vector<std::string> names;
  for (const auto& one : receivers()) names.push_back(one.name);
  REQUIRE(names.size() == 3);
  CHECK(names[0] == "docomo");  // overdue
  CHECK(names[2] == "Gmail");   // everything arrived
  CHECK(events().aggregator().receivers("other").empty());
}

TEST_CASE_METHOD(StreamFixture, "a message without a final event is lost after 73 hours, and counted") {
  CHECK(post(one("processed", "a@gmail.com", "m1", 1s)) == 204);
  clock.advance(72h);
  for (int slice = 0; slice < 64; ++slice) events().tick();
  CHECK(receivers().size() == 1);
  CHECK_FALSE(exposes("arrivald_messages_without_outcome_total{account=\"main\"} 1"));
  clock.advance(2h);
  for (int slice = 0; slice < 64; ++slice) events().tick();
  CHECK(receivers().empty());
  CHECK(exposes("arrivald_messages_without_outcome_total{account=\"main\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "counts are flushed once a minute, and at once when the clock was set back") {
  events().tick();
  CHECK(post(one("delivered", "a@b.jp", "m1", 1s)) == 204);
  clock.advance(59s);
  events().tick();
  CHECK(delivered(10min) <= 0);
  clock.advance(1s);
  events().tick();
  CHECK(delivered(10min) == 1);
  for (const auto step : {Duration(-5h), Duration(3h)}) {
    CHECK(post(one("delivered", "a@b.jp", "after" + std::to_string(step.count()), 0s)) == 204);
    const auto before = delivered(10min);
    clock.step(step);
    owners().noticeClockStep();
    clock.advance(1min);
    events().tick();
    CHECK(delivered(10min) >= before);
  }
}

TEST_CASE_METHOD(StreamFixture, "a silent stream's windows are unknown, not zero") {
  CHECK(post(one("delivered", "a@b.jp", "m1", 1s)) == 204);
  for (int minute = 0; minute < 30; ++minute) minutePasses();
  const auto sum = events().counts().windows().sum(whole, 10min, clock.now(), 3min);
  CHECK_FALSE(sum.known);
}
