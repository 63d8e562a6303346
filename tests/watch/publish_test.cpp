// What is exported, and that nothing stays exported that the configuration no longer names.
#include "watch/publish.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;

namespace {

struct Fixture : ProviderFixture {
  void apply() {
    retain();
    retainMetrics(owners(), config);
    publishNow();
  }
  void publishNow() { publish(owners(), config); }
  void minutes(int count) {
    for (int minute = 0; minute <= count; ++minute) {
      statisticsSay(10 * minute, 10 * minute);
      clock.advance(1min);
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "windows and today are exported once they are known, and not before") {
  config.windows = {5min, 24h};
  publishNow();
  CHECK_FALSE(exposes("window="));
  minutes(10);
  publishNow();
  CHECK(exposes("window=\"5m\""));
}

TEST_CASE_METHOD(Fixture, "a window that is taken out is not exported any more") {
  config.windows = {5min, 10min};
  minutes(20);
  publishNow();
  REQUIRE(exposes("window=\"10m\""));
  config.windows = {5min};
  apply();
  publishNow();
  CHECK_FALSE(exposes("window=\"10m\""));
  CHECK(exposes("window=\"5m\""));
}

TEST_CASE_METHOD(Fixture, "an account that is taken out is not exported any more") {
  config.accounts.push_back(config.accounts[0]);
  config.accounts[1].name = "second";
  apply();
  minutes(10);
  memory->registry.streamBatch("second", "accepted");
  memory->registry.malformed("second", "bad_rows", 1);
  publishNow();
  REQUIRE(exposes("account=\"second\""));
  config.accounts.pop_back();
  apply();
  publishNow();
  CHECK_FALSE(exposes("account=\"second\""));
  CHECK(exposes("account=\"main\""));
}

TEST_CASE_METHOD(Fixture, "error counters of what is configured begin at zero") {
  account().events.emplace();
  config.channels.emplace_back().name = "ops";
  config.eventStream.forward.emplace_back().name = "archive";
  apply();
  CHECK(exposes("arrivald_notifications_total{channel=\"ops\""));
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"discarded\",target=\"archive\"} 0"));
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"bad_signature\"} 0"));
}

TEST_CASE_METHOD(Fixture, "channels, targets, tasks and lists that go take their metrics along") {
  config.channels.emplace_back().name = "ops";
  config.eventStream.forward.emplace_back().name = "archive";
  account().categories.names = {"notice"};
  apply();
  owners().jobs().added({"main", "categories"}, 5min, Party::provider);
  memory->registry.listSize("main", "bounces", 3);
  memory->registry.standing("main", 1000, 2000, 99.7);
  memory->registry.forwards("archive", 3, 1min);
  REQUIRE(exposes("channel=\"ops\""));
  REQUIRE(exposes("target=\"archive\""));
  REQUIRE(exposes("list=\"bounces\""));
  REQUIRE(exposes("arrivald_credits_remaining{"));
  config.channels.clear();
  config.eventStream.forward.clear();
  account().suppressions = false;
  account().credits = false;
  account().categories.names.clear();
  apply();
  for (const auto* part : {"arrivald_credits_remaining{", "arrivald_reputation_ratio{", "channel=\"ops\"",
                           "target=\"archive\"", "list=\"bounces\"", "task=\"categories\""})
    CHECK_FALSE(exposes(part));
}

TEST_CASE_METHOD(Fixture, "a group of receivers that is renamed does not stay under its former name") {
  account().events.emplace();
  config.eventStream.domainGroups = {{"partner", {"partner.example.jp"}}};
  apply();
  memory->registry.streamWaiting("main", "partner", 3, 1, 5min);
  REQUIRE(exposes("domain_group=\"partner\""));
  config.eventStream.domainGroups = {{"friend", {"partner.example.jp"}}};
  apply();
  CHECK_FALSE(exposes("domain_group=\"partner\""));
}

TEST_CASE_METHOD(Fixture, "mailbox providers that are switched off are not exported any more") {
  delivery::Read read{{"main", Dimension::mailboxProvider}, clock.now(), Date{}, Date{}, {}, true};
  read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
  read.totals.push_back({{"main", Dimension::mailboxProvider, "Gmail"}, {{read.firstDay, {}}}});
  read.totals[0].days[0].counts[delivery::Metric::delivered] = 3;
  REQUIRE(owners().statistics().apply(read));
  apply();
  REQUIRE(exposes("Gmail"));
  account().mailboxProviders = {};
  apply();
  CHECK_FALSE(exposes("Gmail"));
}

TEST_CASE_METHOD(Fixture, "alerts that fire are exported by rule, subject and severity") {
  rules::Alert alert;
  alert.key = {"delivery", whole};
  alert.state = rules::AlertState::firing;
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  publishNow();
  CHECK(exposes("rule=\"delivery\""));
  REQUIRE(owners().alerts().put({{}, {}}, {}));
  publishNow();
  CHECK_FALSE(exposes("rule=\"delivery\""));
}

TEST_CASE_METHOD(Fixture, "how old a read may be follows its task's period, three minutes at least") {
  CHECK(maxAgeOf(owners().jobs(), whole) == 3min);
  owners().jobs().added({"main", "statistics"}, 5min, Party::provider);
  CHECK(maxAgeOf(owners().jobs(), whole) == 15min);
  CHECK(maxAgeOf(owners().jobs(), {"main", Dimension::domainGroup, "docomo"}) == 3min);
}

TEST_CASE_METHOD(Fixture, "statistics that cannot be true are exported as such, as long as they are") {
  const std::string gauge = "arrivald_statistics_contradictory{account=\"main\"}";
  publishNow();
  CHECK_FALSE(exposes(gauge));
  minutes(30);
  publishNow();
  CHECK(exposes(gauge + " 0"));
  const auto answer = [&](std::int64_t requests, std::int64_t delivered) {
    const auto today = TimeZone().dateOf(clock.now());
    delivery::Counts counts;
    counts[delivery::Metric::requests] = counts[delivery::Metric::processed] = requests;
    counts[delivery::Metric::delivered] = delivered;
    REQUIRE(owners().statistics().apply({{"main", Dimension::account},
                                         clock.now(),
                                         today - std::chrono::days(1),
                                         today,
                                         {{whole, {{today, counts}}}},
                                         true}));
  };
  answer(310, 900);
  publishNow();
  CHECK(exposes(gauge + " 1"));
  CHECK(exposes("arrivald_delivered_total{account=\"main\"} 300"));
  clock.advance(1min);
  answer(320, 320);
  publishNow();
  CHECK(exposes(gauge + " 0"));
}
