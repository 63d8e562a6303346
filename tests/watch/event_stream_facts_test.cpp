// What rules ask of the event stream. Where it cannot know, the answer is nothing, never zero.
#include "watch/event_stream_facts.hpp"

#include <catch2/catch.hpp>

#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Subject;

namespace {

struct Fixture : StreamFixture {
  const Subject docomo{"main", Dimension::domainGroup, "docomo"};
  const Subject category{"main", Dimension::category, "notice"};
  const Subject unstreamed{"other", Dimension::account, ""};

  Fixture() {
    config.accounts.emplace_back().name = "other";
    reload();
  }
  EventStreamFacts facts() { return {events(), owners().statistics(), owners().causes(), config}; }
  Instant now() const { return clock.now(); }
  void bounceOf(const std::string& message) {
    CHECK(post(one("bounce", "a@docomo.ne.jp", message, 1s, ",\"reason\":\"552 5.2.2 Mailbox full\"")) ==
          204);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "of an account without a stream nothing is known") {
  CHECK_FALSE(facts().alive("other", now()));
  CHECK_FALSE(facts().waiting(unstreamed, 5min, 1h, now()));
  CHECK_FALSE(facts().latency(unstreamed, 1h, now()));
  CHECK_FALSE(facts().causeCount(unstreamed, {"mailbox_full"}, 1h, now()));
  CHECK_FALSE(facts().excessFailures(unstreamed, 1));
  CHECK_FALSE(facts().dayCompared("other", now()));
  CHECK_FALSE(facts().streamSettings("other"));
  CHECK_FALSE(facts().accountStatus("other"));
}

TEST_CASE_METHOD(Fixture, "a stream that is silent knows neither messages in flight nor latency nor causes") {
  CHECK(post("[" + event("processed", "a@docomo.ne.jp", "m1", 20min) + "," +
             event("processed", "a@docomo.ne.jp", "m2", 10s) + "," +
             event("delivered", "a@docomo.ne.jp", "m2", 1s) + "]") == 204);
  bounceOf("m3");
  CHECK(facts().waiting(docomo, 5min, 1h, now())->overdue == 1);
  CHECK(facts().latency(docomo, 1h, now())->delivered == 1);
  CHECK(facts().causeCount(docomo, {"mailbox_full"}, 1h, now()) == 1);
  clock.advance(11min);
  CHECK_FALSE(facts().waiting(docomo, 5min, 1h, now()));
  CHECK_FALSE(facts().latency(docomo, 1h, now()));
  CHECK_FALSE(facts().causeCount(docomo, {"mailbox_full"}, 1h, now()));
}

TEST_CASE_METHOD(Fixture,
                 "messages in flight and causes are known of accounts and groups of receivers only") {
  bounceOf("m1");
  CHECK(facts().causeCount(whole, {"mailbox_full"}, 1h, now()) == 1);
  CHECK(facts().causeCount(whole, {"no_address"}, 1h, now()) == 0);
  CHECK(facts().waiting(whole, 5min, 1h, now()));
  CHECK_FALSE(facts().causeCount(category, {"mailbox_full"}, 1h, now()));
  CHECK_FALSE(facts().waiting(category, 5min, 1h, now()));
}

TEST_CASE_METHOD(Fixture, "there is no latency without a delivery in the window") {
  CHECK(post(one("processed", "a@docomo.ne.jp", "m1", 10s)) == 204);
  CHECK_FALSE(facts().latency(docomo, 1h, now()));
  CHECK(post(one("delivered", "a@docomo.ne.jp", "m1", 1s)) == 204);
  CHECK(facts().latency(docomo, 1h, now())->delivered == 1);
}

TEST_CASE_METHOD(Fixture, "settings are known once they were checked, and the account's status always") {
  CHECK_FALSE(facts().streamSettings("main"));
  events().status().settingsChecked("main", "");
  CHECK(facts().streamSettings("main")->wrong == "");
  events().status().settingsChecked("main", "disabled");
  CHECK(facts().streamSettings("main")->wrong == "disabled");
  CHECK(facts().accountStatus("main") == "");
  events().status().accountStatusChanged("main", now(), "compliance_suspend");
  CHECK(facts().accountStatus("main") == "compliance_suspend");
}
