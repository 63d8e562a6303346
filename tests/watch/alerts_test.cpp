// What the rules remember, written together with the notifications about it.
#include "watch/alerts.hpp"

#include "watch/logged_lines.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  Fixture() {
    config.channels.emplace_back().name = "ops";
    retain();
  }
  rules::Alert alert(const std::string& rule) const {
    rules::Alert made;
    made.key = {rule, whole};
    made.state = rules::AlertState::firing;
    made.since = made.startedAt = made.beganAt = clock.now();
    return made;
  }
  Outgoing notification(const std::string& change) const { return {change, "ops", {}}; }
  Alerts& alerts() { return owners().alerts(); }
  std::int64_t waiting() { return owners().outbox().depth()->waiting; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "alerts and their notifications are there again after a restart") {
  REQUIRE(alerts().put({{alert("a"), alert("b")}, {}}, {notification("a:1")}));
  restart();
  REQUIRE(alerts().all().size() == 2);
  CHECK(alerts().all()[0] == alert("a"));
  CHECK(waiting() == 1);
  REQUIRE(alerts().put({{alert("b")}, {}}, {}));
  restart();
  CHECK(alerts().all().size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "what the store refuses lives in memory, and is stored as a whole once the store works") {
  REQUIRE(alerts().put({{alert("a")}, {}}, {}));
  execute("ALTER TABLE outbox RENAME TO away");
  CHECK_FALSE(alerts().put({{alert("b"), alert("c")}, {}}, {notification("b:1")}));
  CHECK_FALSE(alerts().put({{alert("b"), alert("d")}, {}}, {notification("d:1"), notification("b:1")}));
  CHECK(alerts().all().size() == 2);
  CHECK_FALSE(memory->health.ok());
  CHECK(memory->health.refused() == 2);
  CHECK(waiting() == 2);
  execute("ALTER TABLE away RENAME TO outbox");
  CHECK(waiting() == 2);
  CHECK(alerts().storeMissing());
  CHECK(memory->health.ok());
  restart();
  REQUIRE(alerts().all().size() == 2);
  CHECK(alerts().all()[0] == alert("b"));
  CHECK(alerts().all()[1] == alert("d"));
  CHECK(waiting() == 2);
}

TEST_CASE_METHOD(Fixture, "what was delivered from memory is stored as delivered, and not sent again") {
  execute("CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  CHECK_FALSE(alerts().put({{alert("a")}, {}}, {notification("a:1"), notification("a:2")}));
  auto& outbox = owners().outbox();
  const auto first = outbox.next("ops").value().value();
  CHECK(first.queued.change == "a:1");
  outbox.record(first, done(), std::nullopt);
  const auto second = outbox.next("ops").value().value();
  CHECK(second.queued.change == "a:2");
  execute("DROP TRIGGER refuse");
  SECTION("its attempt ends before it is stored") {
    outbox.record(second, Error{Error::Kind::serverError, "503", Party::thirdParty}, clock.now() + 5min);
    REQUIRE(alerts().storeMissing());
    restart();
    CHECK(owners().outbox().next("ops").value()->queued.attempts == 1);
  }
  SECTION("its attempt ends after it was stored") {
    REQUIRE(alerts().storeMissing());
    outbox.record(second, done(), std::nullopt);
    restart();
    CHECK_FALSE(owners().outbox().next("ops").value().has_value());
  }
}

TEST_CASE_METHOD(Fixture, "an alert that cannot be read back begins anew, and the log says so") {
  REQUIRE(alerts().put({{alert("a"), alert("b")}, {}}, {}));
  execute("UPDATE alerts SET state = 'no JSON' WHERE rule = 'a'");
  const LoggedLines log;
  restart();
  CHECK(alerts().all().size() == 1);
  CHECK(log.count("count=1") == 1);
}

TEST_CASE_METHOD(Fixture, "the times of alerts move with the clock, in memory and in the store") {
  REQUIRE(alerts().put({{alert("a")}, {}}, {}));
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(alerts().all()[0].since == clock.now());
  restart();
  CHECK(alerts().all()[0].since == clock.now());
}

TEST_CASE_METHOD(Fixture,
                 "a store that is well again is known to be, also if the change has vanished meanwhile") {
  REQUIRE(alerts().put({{alert("a")}, {}}, {}));
  execute("ALTER TABLE alerts RENAME TO away");
  CHECK_FALSE(alerts().put({{alert("a"), alert("b")}, {}}, {}));
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO alerts");
  REQUIRE(alerts().put({{alert("a")}, {}}, {}));
  CHECK(memory->health.ok());
  restart();
  CHECK(alerts().all().size() == 1);
}
