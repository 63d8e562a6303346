// How an account's event stream stands.
#include "watch/stream_status.hpp"

#include <catch2/catch.hpp>

#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
                 "a silent stream is alive where the statistics stand still too, and not where they move") {
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 1s) + "]") == 204);
  CHECK(events().status().alive("main", clock.now()));
  CHECK_FALSE(events().status().alive("main", clock.now() + 11min));  // nobody else knows
  statisticsSay(delivery::Metric::delivered, 5);
  clock.advance(5min);
  statisticsSay(delivery::Metric::delivered, 6);  // what the stream told, a little later
  clock.advance(20min);
  statisticsSay(delivery::Metric::delivered, 6);
  CHECK(events().status().alive("main", clock.now()));
  clock.advance(1min);
  statisticsSay(delivery::Metric::delivered, 7);
  CHECK_FALSE(events().status().alive("main", clock.now()));
}

TEST_CASE_METHOD(StreamFixture,
                 "the account status is known in whatever order its events arrive, and after a restart") {
  const auto change = [&](const std::string& type, Duration ago) {
    return "[{\"event\":\"account_status_change\",\"sg_event_id\":\"" + type + "\",\"type\":\"" + type +
           "\",\"timestamp\":" + std::to_string(unixSeconds(clock.now() - ago)) + "}]";
  };
  CHECK(post(change("compliance_suspend", 60s)) == 204);
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  restart();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  CHECK(post(change("reactivate", 10s)) == 204);
  CHECK(post(change("compliance_deactivate", 30s)) == 204);  // told late
  CHECK(events().status().accountStatus("main").empty());
}

TEST_CASE_METHOD(StreamFixture, "the account's status is remembered for longer than events are kept") {
  CHECK(post("[{\"event\":\"account_status_change\",\"sg_event_id\":\"x\",\"type\":\"compliance_suspend\","
             "\"timestamp\":" +
             std::to_string(unixSeconds(clock.now())) + "}]") == 204);
  clock.advance(config.eventStream.keep + 24h);
  events().tick();
  REQUIRE(nlohmann::json::parse(trace(""))["events"].empty());
  restart();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
}

TEST_CASE_METHOD(StreamFixture,
                 "the status of an account that is taken out is there again when it is put back") {
  memory->owners.events().status().accountStatusChanged("main", clock.now(), "compliance_suspend");
  const auto accounts = std::exchange(config.accounts, {});
  reload();
  CHECK(events().status().find("main") == nullptr);
  restart();
  config.accounts = accounts;
  reload();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  CHECK(events().status().find("main")->since == clock.now());
}

TEST_CASE_METHOD(
    StreamFixture,
    "a status that cannot be stored is said in the log and by the store's health, and stored later") {
  const LoggedLines log;
  execute("ALTER TABLE meta RENAME TO away");
  events().status().accountStatusChanged("main", clock.now(), "compliance_suspend");
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  CHECK(log.count("the store refuses what is written") == 1);
  CHECK_FALSE(memory->health.ok());
  owners().keepStore(config);
  CHECK_FALSE(memory->health.ok());
  CHECK(log.count("the store refuses what is written") == 1);  // said once
}

TEST_CASE_METHOD(StreamFixture, "a status that could not be stored is stored as soon as the store is well") {
  auto second = config.accounts[0];
  second.name = "second";
  config.accounts.push_back(second);
  reload();
  execute("ALTER TABLE meta RENAME TO away");
  events().status().accountStatusChanged("main", clock.now(), "compliance_suspend");
  events().status().accountStatusChanged("second", clock.now(), "compliance_deactivate");
  execute("ALTER TABLE away RENAME TO meta");
  owners().keepStore(config);
  CHECK(memory->health.ok());
  restart();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  CHECK(events().status().accountStatus("second") == "compliance_deactivate");
}

TEST_CASE_METHOD(StreamFixture, "settings are news when they differ from what was known") {
  auto& status = events().status();
  CHECK_FALSE(status.settings("main"));
  CHECK_FALSE(status.settingsChecked("main", ""));  // well, as expected
  CHECK(status.settings("main") == "");
  CHECK(status.settingsChecked("main", "disabled"));
  CHECK_FALSE(status.settingsChecked("main", "disabled"));
  CHECK(status.settingsChecked("main", ""));
}

TEST_CASE_METHOD(StreamFixture, "ages stay what they were when the clock is set") {
  auto& status = events().status();
  status.batchReceived("main", clock.now());
  status.testReceived("main", clock.now());
  status.batchReceived("main", clock.now() - 1h);  // replayed
  CHECK(status.find("main")->lastBatch == clock.now());
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(status.find("main")->since == clock.now());
  CHECK(status.find("main")->lastBatch == clock.now());
  CHECK(status.find("main")->lastTest == clock.now());
  CHECK(status.alive("main", clock.now()));
}
