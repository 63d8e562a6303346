// What all owners do together: read back, retain, and move with the wall clock.
#include "watch/owners.hpp"

#include "sendgrid/decode.hpp"
#include "watch/logged_lines.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(ProviderFixture,
                 "a step of the wall clock moves what is remembered and disturbs no window") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 17);
  CHECK(delivered(whole, 30min) == 7);
  for (const auto step : {Duration(3h), -Duration(5h)}) {
    clock.step(step);
    owners().noticeClockStep();
    CHECK(delivered(whole, 30min) == 7);
  }
  CHECK(exposes("arrivald_clock_steps_total 2"));
  restart();
  CHECK(delivered(whole, 30min) == 7);
}

TEST_CASE_METHOD(ProviderFixture,
                 "what was stored moves when the clock was set back while the daemon was away") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 17);
  clock.step(-5h);
  const LoggedLines log;
  restart();
  CHECK(log.count("set back since the last run") == 1);
  CHECK(delivered(whole, 30min) == 7);
  CHECK(owners().statistics().lastRead({"main", delivery::Dimension::account}) == clock.now());
  restart();  // and it is stored so
  CHECK(log.count("set back since the last run") == 1);
  CHECK(delivered(whole, 30min) == 7);
}

TEST_CASE_METHOD(ProviderFixture, "a step that cannot be stored is written with the next change") {
  statisticsSay(10, 10);
  clock.advance(5min);
  statisticsSay(17, 17);
  rules::Alert alert;
  alert.key = {"nothing_read", whole};
  alert.state = rules::AlertState::firing;
  alert.since = clock.now();
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));

  execute("ALTER TABLE meta RENAME TO away");
  clock.step(-1h);
  const auto since = clock.now();
  const LoggedLines log;
  owners().noticeClockStep();
  CHECK(log.count("the store refuses what is written") == 1);
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO meta");

  clock.advance(1min);
  statisticsSay(20, 20);
  REQUIRE(owners().alerts().put({owners().alerts().all(), {}}, {}));
  restart();
  CHECK(delivered(whole, 30min) == 10);
  REQUIRE(owners().alerts().all().size() == 1);
  CHECK(owners().alerts().all()[0].since == since);
}

TEST_CASE_METHOD(
    ProviderFixture,
    "what is in the store only moves as soon as the store takes the step, and by all that it missed") {
  config.channels.emplace_back().name = "ops";
  retain();
  REQUIRE(owners().outbox().putNow({{"a:1", "ops", {}}}));
  const auto nextAttempt = [&] { return owners().outbox().next("ops").value()->queued.nextAttempt; };
  const auto due = nextAttempt() - clock.now();
  execute("ALTER TABLE outbox RENAME TO away");
  for (const auto step : {Duration(-1h), Duration(-2h)}) {
    clock.step(step);
    owners().noticeClockStep();
  }
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO outbox");
  CHECK(nextAttempt() - clock.now() == due + 3h);
  owners().noticeClockStep();
  CHECK(memory->health.ok());
  CHECK(nextAttempt() - clock.now() == due);
  owners().noticeClockStep();  // once only
  CHECK(nextAttempt() - clock.now() == due);
}

TEST_CASE_METHOD(ProviderFixture, "the better of the two series is shown: the stream's while it is alive") {
  CHECK(owners().series(whole) == nullptr);
  statisticsSay(10, 10);
  CHECK(owners().series(whole) == owners().statistics().windows().find(whole));
}

TEST_CASE_METHOD(ProviderFixture, "what cannot be read back is an error, and nothing is remembered") {
  statisticsSay(10, 10);
  execute("ALTER TABLE statistics_marks RENAME TO away");
  metrics::Registry registry(clock, "test", metrics::CardinalityLimits{});
  StoreHealth health(clock, registry);
  Owners other({io.get_executor(), database(), clock, registry, health, clock.now()});
  const auto loaded = other.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().party == Party::storage);
}

TEST_CASE_METHOD(ProviderFixture,
                 "names that an older version stored in clear are masked when they are read") {
  execute(
      "INSERT INTO statistics_subjects (account, dimension, name) VALUES ('main', 'category', 'taro@a.jp')");
  execute("INSERT INTO event_subjects (account, dimension, name) VALUES ('main', 'subuser', 'hanako@a.jp')");
  execute("INSERT INTO event_subjects (account, dimension, name) VALUES ('main', 'category', 'News')");
  const auto masked = sendgrid::subjectName("taro@a.jp");
  CHECK(masked.find("taro") == std::string::npos);
  CHECK(sendgrid::subjectName(masked) == masked);
  SECTION("as new ones") {}
  SECTION("beside one that is masked") {
    execute("INSERT INTO statistics_subjects (account, dimension, name) VALUES ('main', 'category', '" +
            masked + "')");
  }
  restart();
  const auto names = [&](const std::string& table) {
    std::vector<std::string> all;
    REQUIRE(database().read([&] {
      store::Statement rows(database(), "SELECT name FROM " + table + " WHERE name <> '' ORDER BY name");
      while (rows.step()) all.emplace_back(rows.text(0));
    }));
    return all;
  };
  CHECK(names("statistics_subjects") == std::vector{masked});
  CHECK(names("event_subjects") == std::vector<std::string>{"News", sendgrid::subjectName("hanako@a.jp")});
}
