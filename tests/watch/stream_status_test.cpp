// How an account's event stream stands.
#include "watch/stream_status.hpp"

#include <catch2/catch.hpp>

#include "rules/defaults.hpp"
#include "watch/current_facts.hpp"
#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;

namespace {

/// A sender whose mail the statistics count minute by minute, and of which the stream brings what the test
/// says to.
struct Sender : StreamFixture {
  delivery::Counts counted;
  int number = 0;
  const Dimension group = Dimension::domainGroup;

  struct Told {
    bool delivered = true, bounced = true, legible = true;
  };
  void minute(int delivered, int bounced, Told told) {
    std::string batch;
    const auto add = [&](const std::string& event) { batch += (batch.empty() ? "[" : ",") + event; };
    for (int i = 0; i < delivered + bounced; ++i) {
      const auto message = "m" + std::to_string(++number);
      const bool bounces = i >= delivered;
      if (told.bounced) add(event("processed", "a@example.jp", message, 5s));
      if (!bounces && told.delivered) add(event("delivered", "a@example.jp", message, 2s));
      if (bounces && told.bounced)
        add(event("bounce", "a@example.jp", message, 2s, ",\"type\":\"bounce\",\"reason\":\"550 no\""));
    }
    if (!told.legible) batch = "[{\"event\":7}";
    if (!batch.empty()) CHECK(post(batch + "]") == 204);
    counted[delivery::Metric::processed] += delivered + bounced;
    counted[delivery::Metric::requests] += delivered + bounced;
    counted[delivery::Metric::delivered] += delivered;
    counted[delivery::Metric::bounces] += bounced;
    clock.advance(1min);
    statisticsSay(counted);
    events().tick();
  }
  void minutes(int count, int delivered, int bounced, Told told) {
    for (int i = 0; i < count; ++i) minute(delivered, bounced, told);
  }
  bool alive() { return events().status().alive("main", clock.now()); }
  rules::Sum sum(const delivery::Subject& subject, Duration window) {
    return CurrentFacts(owners(), config).facts().sum(subject, window, clock.now(), rules::Basis::best);
  }
  rules::Outcome outcome(const rules::Kind& kind) {
    rules::Rule rule;
    rule.kind = kind;
    return rules::explain(rule, whole, CurrentFacts(owners(), config).facts(), clock.now()).outcome;
  }
  Sender() {
    config.accounts[0].zone = TimeZone();
    reload();
    clock.advance(std::chrono::hours(24) + 1h -
                  (clock.now() - TimeZone().startOf(TimeZone().dateOf(clock.now()))));
    statisticsSay(counted);
    minutes(1, 2, 0, {});
    minutes(40, 0, 0, {});  // a pause, after which both sources are level
    minutes(60, 2, 0, {});
  }
};

constexpr Sender::Told kOnlyDelivered{.bounced = false};
constexpr Sender::Told kNothing{.delivered = false, .bounced = false};
constexpr Sender::Told kIllegible{.legible = false};

}  // namespace

TEST_CASE_METHOD(Sender, "a stream that tells of all mail is alive, at night and in a burst") {
  CHECK(alive());
  minutes(30, 0, 0, {});
  CHECK(alive());
  minutes(5, 200, 20, {});
  CHECK(alive());
  CHECK(sum(whole, 30min).basis == rules::Basis::events);
}

TEST_CASE_METHOD(Sender, "a stream of which no event can be read is no source: the statistics are") {
  minutes(15, 1, 9, kIllegible);
  CHECK_FALSE(alive());
  const auto seen = sum(whole, 10min);
  CHECK(seen.basis == rules::Basis::statistics);
  CHECK(seen.known);
  CHECK(seen.counts[delivery::Metric::bounces] == 90);
  CHECK(outcome(rules::StreamSilent{}) == rules::Outcome::bad);
  CHECK(events().status().malformed("main", 1h, clock.now()) == 15);
  rules::Threshold manyMalformed;
  manyMalformed.input = rules::Input::malformedEvents;
  manyMalformed.warning = 10.0;
  CHECK(outcome(manyMalformed) == rules::Outcome::bad);
  restart();
  CHECK(events().status().malformed("main", 1h, clock.now()) == 15);
}

TEST_CASE_METHOD(Sender, "one request of which nothing can be read is beyond what the rule lets pass") {
  minutes(15, 1, 9, {});
  const auto rules = rules::defaults();
  const auto rule = std::ranges::find(rules, "events-malformed", &rules::Rule::name);
  REQUIRE(rule != rules.end());
  CHECK(outcome(std::get<rules::Threshold>(rule->kind)) != rules::Outcome::bad);
  CHECK(post("{\"events\":[" + event("delivered", "a@b.jp", "m", 1s) + "]}") == 204);
  CHECK(outcome(std::get<rules::Threshold>(rule->kind)) == rules::Outcome::bad);
}

TEST_CASE_METHOD(Sender, "a webhook that sends no bounces does not make them none") {
  minutes(6, 10, 10, kOnlyDelivered);
  CHECK_FALSE(alive());
  const auto seen = sum(whole, 5min);
  CHECK(seen.basis == rules::Basis::statistics);
  CHECK(seen.counts[delivery::Metric::bounces] == 50);
  CHECK_FALSE(sum({"main", group, "example.jp"}, 5min).known);
  CHECK(outcome(rules::StreamDiffers{}) != rules::Outcome::bad);  // it may be a matter of minutes
  minutes(80, 10, 10, kOnlyDelivered);
  CHECK(outcome(rules::StreamDiffers{}) == rules::Outcome::bad);
}

TEST_CASE_METHOD(Sender, "an office's webhook that sends no bounces is noticed within its day") {
  for (int mail = 0; mail < 5; ++mail) {
    minutes(29, 0, 0, kOnlyDelivered);
    minutes(1, 0, 1, kOnlyDelivered);
  }
  CHECK_FALSE(alive());
}

TEST_CASE_METHOD(Sender, "a stream that stops is unknown from where the statistics show that mail goes on") {
  minutes(30, 20, 0, {});
  CHECK(alive());
  minutes(4, 20, 0, kNothing);
  CHECK_FALSE(alive());
  CHECK(sum(whole, 10min).basis == rules::Basis::statistics);
  CHECK_FALSE(sum({"main", group, "other"}, 10min).known);
  minutes(20, 20, 0, kNothing);
  CHECK(outcome(rules::StreamSilent{}) == rules::Outcome::bad);
  // It comes back, and is believed once it tells of everything again.
  minutes(40, 20, 0, {});
  CHECK(alive());
  CHECK(sum(whole, 10min).basis == rules::Basis::events);
}

TEST_CASE_METHOD(Sender, "what a silence lacked is not told as missing events once the stream is back") {
  minutes(180, 5, 0, {});
  minutes(40, 5, 1, kNothing);
  REQUIRE(outcome(rules::StreamSilent{}) == rules::Outcome::bad);
  for (int minute = 0; minute < 90; ++minute) {
    minutes(1, 5, 1, {});
    CAPTURE(minute);
    CHECK(outcome(rules::StreamDiffers{}) != rules::Outcome::bad);
  }
  minutes(90, 5, 5, kOnlyDelivered);
  CHECK(outcome(rules::StreamDiffers{}) == rules::Outcome::bad);
}

TEST_CASE_METHOD(Sender, "a silent stream is alive where the statistics stand still too, and are read") {
  minutes(40, 0, 0, kNothing);
  CHECK(alive());
  CHECK_FALSE(events().status().alive("main", clock.now() + 11min));  // nobody else knows
  CHECK(outcome(rules::StreamSilent{}) != rules::Outcome::bad);
}

TEST_CASE_METHOD(Sender, "an event of an unknown kind does not show that the stream works") {
  const auto before = events().status().find("main")->lastEvent;
  clock.advance(5min);
  CHECK(post(one("something_new", "a@b.jp", "x", 1s)) == 204);
  CHECK(events().status().find("main")->lastEvent == before);
  CHECK(events().status().find("main")->lastBatch == clock.now());
}

TEST_CASE_METHOD(Sender, "a restart raises nothing: what came before it is known") {
  minutes(30, 20, 1, {});
  restart();
  minute(20, 1, {});
  CHECK(alive());
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

namespace {

struct Stopped : StreamFixture {
  Instant since = clock.now();
  Stopped() { events().status().accountStatusChanged("main", since, "compliance_suspend"); }
  void send(const std::string& kind, int mail, Duration ago = 1s) {
    CHECK(post(one(kind, "a" + std::to_string(mail) + "@b.jp", "m" + std::to_string(mail), ago)) == 204);
  }
  bool isStopped() { return !events().status().accountStatus("main").empty(); }
};

}  // namespace

TEST_CASE_METHOD(Stopped, "a suspension whose end was never told is over once the account delivers") {
  clock.advance(30min);
  for (int mail = 0; mail < 3; ++mail) send("processed", mail);
  for (int mail = 0; mail < 2; ++mail) send("delivered", mail);
  CHECK(isStopped());
  send("delivered", 2);
  CHECK_FALSE(isStopped());
  restart();
  CHECK_FALSE(isStopped());
  events().status().accountStatusChanged("main", since, "compliance_suspend");  // told again, late
  CHECK_FALSE(isStopped());
}

TEST_CASE_METHOD(Stopped, "what an account accepted before it was stopped may still be delivered") {
  clock.advance(1h);
  for (int mail = 0; mail < 20; ++mail) send("processed", mail, 2h);
  for (int mail = 0; mail < 20; ++mail) send("delivered", mail);
  CHECK(isStopped());
}

TEST_CASE_METHOD(Stopped, "a trickle of a stopped account's mail does not end its suspension") {
  clock.advance(10min);
  for (int mail = 0; mail < 200; ++mail) {
    send("processed", mail);
    if (mail % 20 == 0) send("delivered", mail);
  }
  CHECK(isStopped());
}

TEST_CASE_METHOD(StreamFixture, "deliveries do not end a status that stops no mail") {
  events().status().accountStatusChanged("main", clock.now(), "under_review");
  clock.advance(30min);
  for (int mail = 0; mail < 10; ++mail) {
    CHECK(post(one("processed", "a@b.jp", "mail" + std::to_string(mail), 2min)) == 204);
    CHECK(post(one("delivered", "a@b.jp", "mail" + std::to_string(mail), 1min)) == 204);
  }
  CHECK(events().status().accountStatus("main") == "under_review");
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
  status.eventsReceived("main", clock.now());
  status.batchReceived("main", clock.now() - 1h);  // replayed
  CHECK(status.find("main")->lastBatch == clock.now());
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(status.find("main")->since == clock.now());
  CHECK(status.find("main")->lastBatch == clock.now());
  CHECK(status.find("main")->lastTest == clock.now());
  CHECK(status.find("main")->lastEvent == clock.now());
  CHECK(status.alive("main", clock.now()));
}
