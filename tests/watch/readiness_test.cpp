// Whether the daemon does its work, in a line.
#include "watch/readiness.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  void read(const std::string& account) {
    const TaskId id{account, "statistics"};
    owners().jobs().added(id, 1min, Party::provider);
    owners().jobs().started(id, 0);
    owners().jobs().succeeded(id, 1s);
  }
  std::string problem() { return notReady(owners(), config).value_or("ready"); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "ready is who has read the statistics of every account in this run") {
  config.accounts.emplace_back().name = "second";
  CHECK_THAT(problem(), Catch::Contains("main"));
  CHECK_THAT(statusLine(owners(), config), Catch::Contains("main has not been read yet"));
  read("main");
  CHECK_THAT(problem(), Catch::Contains("second"));
  clock.advance(10min);
  read("second");
  CHECK(problem() == "ready");
  CHECK(lastRead(owners().jobs(), "main") == clock.now() - 10min);
  // The oldest of both.
  CHECK_THAT(statusLine(owners(), config), Catch::Contains("0 alerts firing; 2 accounts") &&
                                               Catch::Contains(config.zone.minuteText(clock.now() - 10min)));
}

TEST_CASE_METHOD(Fixture,
                 "a failure after a success leaves the daemon ready; a store that refuses does not") {
  read("main");
  owners().jobs().started({"main", "statistics"}, 0);
  owners().jobs().failed({"main", "statistics"}, Error{Error::Kind::serverError, "x", Party::provider}, 1s);
  CHECK(problem() == "ready");
  memory->health.record("statistics", Error{Error::Kind::diskFull, "the disk is full", Party::storage});
  CHECK_THAT(problem(), Catch::Contains("cannot be stored") && Catch::Contains("the disk is full"));
}

TEST_CASE_METHOD(Fixture, "rules that have failed for minutes leave nobody ready: nothing would fire") {
  read("main");
  const TaskId rules{"", "rules"};
  owners().jobs().added(rules, 1min, Party::internal);
  owners().jobs().started(rules, 0);
  owners().jobs().succeeded(rules, 1s);
  const auto fails = [&] {
    clock.advance(1min);
    owners().jobs().started(rules, 0);
    owners().jobs().failed(rules, Error{Error::Kind::bug, "an exception", Party::internal}, 1s);
  };
  for (int minute = 0; minute < 4; ++minute) fails();
  CHECK(problem() == "ready");
  fails();
  CHECK_THAT(problem(),
             Catch::StartsWith("the rules have not been judged since ") && Catch::Contains(": bug"));
  owners().jobs().started(rules, 0);
  owners().jobs().succeeded(rules, 1s);
  CHECK(problem() == "ready");
}

TEST_CASE_METHOD(Fixture, "alerts that recover still count as firing, those that are over do not") {
  read("main");
  std::vector<rules::Alert> alerts;
  for (const auto state : {rules::AlertState::firing, rules::AlertState::pending,
                           rules::AlertState::recovering, rules::AlertState::resolved}) {
    alerts.emplace_back();
    alerts.back().key = {std::string(rules::name(state)), whole};
    alerts.back().state = state;
  }
  REQUIRE(owners().alerts().put({alerts, {}}, {}));
  CHECK_THAT(statusLine(owners(), config), Catch::StartsWith("2 alerts firing"));
}
