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
    made.since = made.startedAt = clock.now();
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

TEST_CASE_METHOD(Fixture, "what the store refuses has not happened: neither alert nor notification") {
  REQUIRE(alerts().put({{alert("a")}, {}}, {}));
  execute("ALTER TABLE outbox RENAME TO away");
  CHECK_FALSE(alerts().put({{alert("a"), alert("b")}, {}}, {notification("b:1")}));
  CHECK(alerts().all().size() == 1);
  CHECK_FALSE(memory->health.ok());
  execute("ALTER TABLE away RENAME TO outbox");
  REQUIRE(alerts().put({{alert("a"), alert("b")}, {}}, {notification("b:1")}));
  CHECK(memory->health.ok());
  restart();
  CHECK(alerts().all().size() == 2);
  CHECK(waiting() == 1);
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
  REQUIRE(alerts().put({alerts().all(), {}}, {}));
  CHECK(memory->health.ok());
  restart();
  CHECK(alerts().all().size() == 1);
}
