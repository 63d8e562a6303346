// The heartbeat is sent only while mail is being watched.
#include "watch/ping_heartbeat.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  heartbeat::Pinger pinger{transport, Secret("https://beat.example.com/s3cret"), heartbeat::Method::get};
  const TaskId statistics{"main", "statistics"};

  JobOutcome ping() { return runTask(io, pingHeartbeat(owners(), pinger)); }
  void read() {
    owners().jobs().added(statistics, 1min, Party::provider);
    owners().jobs().started(statistics, 0);
    owners().jobs().succeeded(statistics, 1s);
  }
  bool counted(const std::string& outcome) {
    return exposes("arrivald_heartbeat_pings_total{outcome=\"" + outcome + "\"} 1");
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "while every account's statistics are read the heartbeat is sent") {
  read();
  answer("beat.example.com", "ok");
  CHECK_FALSE(ping());
  CHECK(counted("sent"));
}

TEST_CASE_METHOD(Fixture,
                 "it is withheld before the first read, after a failure, and when reading stands still") {
  CHECK_FALSE(ping());
  CHECK(counted("withheld"));
  read();
  clock.advance(10min);
  CHECK_FALSE(ping());
  read();
  owners().jobs().started(statistics, 0);
  owners().jobs().failed(statistics, Error{Error::Kind::serverError, "fails", Party::provider}, 1s);
  CHECK_FALSE(ping());
  CHECK(transport.requests().empty());
  CHECK(exposes("arrivald_heartbeat_pings_total{outcome=\"withheld\"} 3"));
  REQUIRE(roundsOf(owners()).size() == 1);
  CHECK(roundsOf(owners())[0].failure == "server_error");
}

TEST_CASE_METHOD(Fixture,
                 "it is withheld while any source is not read well; settings and the past are none") {
  read();
  answer("beat.example.com", "ok");
  const auto fail = [&](const TaskId& id) {
    owners().jobs().added(id, 5min, Party::provider);
    owners().jobs().started(id, 0);
    owners().jobs().failed(id, Error{Error::Kind::forbidden, "no", Party::configuration}, 1s);
  };
  fail({"main", "event_webhook"});
  CHECK_FALSE(ping());
  CHECK(counted("sent"));
  fail({"main", std::string(GENERATE("suppressions", "categories", "suppressions_full"))});
  CHECK_FALSE(ping());
  CHECK(counted("withheld"));
}

TEST_CASE_METHOD(Fixture, "a nightly task that is not due yet withholds nothing") {
  read();
  answer("beat.example.com", "ok");
  const TaskId crawl{"main", "suppressions_full"};
  owners().jobs().added(crawl, 24h, Party::provider);
  owners().jobs().planned(crawl, clock.now() + 6h);
  CHECK_FALSE(ping());
  CHECK(counted("sent"));
}

TEST_CASE_METHOD(Fixture, "it is withheld while the statistics lack what rates rest on") {
  answer("beat.example.com", "ok");
  const bool noRow = GENERATE(false, true);
  const delivery::Subject subject{"main", delivery::Dimension::account, ""};
  const auto answerNow = [&](bool lacking) {
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    delivery::SubjectTotals totals{subject, {{read.firstDay, {}}}};
    totals.days[0].counts[delivery::Metric::requests] = 100;
    totals.days[0].counts[delivery::Metric::delivered] = lacking ? delivery::kLacking : 90;
    if (lacking && noRow) totals.days.clear();
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
    this->read();
  };
  answerNow(false);
  CHECK_FALSE(ping());
  CHECK(counted("sent"));
  for (int minute = 0; minute < 40; ++minute) {
    clock.advance(1min);
    answerNow(true);
  }
  CHECK_FALSE(ping());
  CHECK(counted("withheld"));
  clock.advance(1min);
  answerNow(false);
  CHECK_FALSE(ping());
  CHECK(exposes("arrivald_heartbeat_pings_total{outcome=\"sent\"} 2"));
}

TEST_CASE_METHOD(Fixture, "it is withheld while people cannot be notified") {
  config.channels.emplace_back().name = "ops";
  retain();
  answer("beat.example.com", "ok");
  auto& outbox = owners().outbox();
  REQUIRE(outbox.putNow({{"a", "ops", {}}}));
  SECTION("a notification that was just put may wait") {
    read();
    CHECK_FALSE(ping());
    CHECK(counted("sent"));
  }
  SECTION("one that has waited long may not") {
    clock.advance(16min);
    read();
    CHECK_FALSE(ping());
    CHECK(counted("withheld"));
  }
  SECTION("one that was given up may not") {
    const auto pending = outbox.next("ops").value().value();
    outbox.record(pending, Error{Error::Kind::notFound, "404", Party::configuration}, std::nullopt);
    read();
    CHECK_FALSE(ping());
    CHECK(counted("withheld"));
    outbox.record(pending, done(), std::nullopt, Attempt::probe);
    CHECK_FALSE(ping());
    CHECK(counted("sent"));
  }
}

TEST_CASE_METHOD(Fixture, "a switch that refuses is the job's failure, and its address is not told") {
  read();
  answer("beat.example.com", FakeTransport::reply(503, ""));
  const auto outcome = ping();
  REQUIRE(outcome);
  CHECK(counted("server_error"));
  CHECK_THAT(outcome->text, !Catch::Contains("s3cret"));
}
