// People learn that arrivald's own store refuses what is written, once, and that it works again.
#include "watch/store_alarm.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  TempStore folder;
  ManualClock clock;
  metrics::Registry registry{clock, "test", metrics::CardinalityLimits{}};
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  StoreHealth health{clock, registry};
  Outbox outbox{*database, clock, registry};
  Incidents incidents{*database, clock};
  StoreAlarm alarm{clock, health, outbox, incidents};
  config::Config config;

  Fixture() {
    config.channels.emplace_back().name = "ops";
    outbox.retain(config);
  }
  void refuse(Error::Kind kind = Error::Kind::diskFull) {
    health.record("alerts", Error{kind, "no space left", Party::storage});
  }
  void recover() {
    health.record("alerts", done());
    health.recovered();
  }
  /// Looks every ten seconds.
  void pass(Duration span) {
    for (Duration gone{}; gone < span; gone += 10s) {
      clock.advance(10s);
      alarm.look(config);
    }
  }
  std::size_t notified() { return outbox.waiting("ops", 100)->size(); }
  std::string latest() { return outbox.waiting("ops", 100)->back().notification; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a refusal that lasts is notified once, naming the store") {
  config.storePath = "/var/lib/arrivald/arrivald.db";
  refuse();
  pass(10s);
  CHECK(notified() == 0);
  pass(1h);
  REQUIRE(notified() == 1);
  CHECK_THAT(latest(), Catch::Contains("/var/lib/arrivald/arrivald.db"));
}

TEST_CASE_METHOD(Fixture, "a refusal that is over at once is not notified") {
  refuse();
  pass(10s);
  recover();
  pass(1h);
  CHECK(notified() == 0);
}

TEST_CASE_METHOD(Fixture,
                 "people are reminded every four hours, and told of another kind after ten minutes") {
  refuse();
  pass(1min);
  CHECK(notified() == 1);
  pass(4h);
  CHECK(notified() == 2);
  refuse(Error::Kind::readOnly);
  pass(5min);
  CHECK(notified() == 2);
  pass(6min);
  CHECK(notified() == 3);
}

TEST_CASE_METHOD(Fixture, "the end is notified after a steady minute, and only of what was notified") {
  refuse();
  pass(1min);
  recover();
  pass(30s);
  refuse();
  pass(10s);
  recover();
  pass(30s);
  CHECK(notified() == 1);
  pass(1min);
  CHECK(notified() == 2);
  pass(1h);
  CHECK(notified() == 2);
}

TEST_CASE_METHOD(Fixture, "a clock that is set neither repeats nor delays a reminder") {
  refuse();
  pass(1min);
  clock.step(10h);
  health.shift(10h);
  alarm.shift(10h);
  pass(1h);
  CHECK(notified() == 1);
  clock.step(-10h);
  health.shift(-10h);
  alarm.shift(-10h);
  pass(3h);
  CHECK(notified() == 2);
}

TEST_CASE_METHOD(Fixture,
                 "what it was, since when and what to do is told under its number, also once it is over") {
  config.language = Language::english;
  config.storePath = "/var/lib/arrivald/arrivald.db";
  const auto told = [&] { return alarm.trouble().told(1, config, Language::english); };
  CHECK_FALSE(told());
  refuse();
  const auto since = clock.now();
  pass(1min);
  REQUIRE(told());
  CHECK_THAT(told()->sentence,
             Catch::Contains(config.zone.zonedText(since)) && Catch::Contains(config.storePath));
  CHECK(told()->next);
  CHECK_FALSE(alarm.trouble().told(2, config, Language::english));
  CHECK_FALSE(alarm.trouble().told(0, config, Language::english));
  recover();
  pass(2min);
  REQUIRE(told());
  CHECK(notify::isOver(*told()));
}

TEST_CASE_METHOD(Fixture, "the store's trouble has a number as incidents have, in all its notifications") {
  config.language = Language::english;
  config.storePath = folder.path();
  refuse();
  pass(1min);
  REQUIRE(notified() == 1);
  CHECK_THAT(latest(), Catch::Contains("#1"));
  CHECK(incidents.followed().lastNumber == 1);
  SECTION("to its end") {
    recover();
    pass(2min);
    REQUIRE(notified() == 2);
    CHECK_THAT(latest(), Catch::Contains("#1"));
  }
  SECTION("also after a restart, which the store did not see") {
    recover();
    Incidents later{*database, clock};
    StoreAlarm again{clock, health, outbox, later};
    for (int i = 0; i < 10; ++i) {
      clock.advance(10s);
      again.look(config);
    }
    REQUIRE(notified() == 2);
    CHECK_THAT(latest(), Catch::Contains("#1"));
    CHECK(later.takeNumber() == 2);
  }
}
