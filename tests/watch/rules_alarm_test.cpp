// People learn that the rules cannot be judged, without any rule, and that they are again.
#include "watch/rules_alarm.hpp"

#include <stdexcept>

#include "runtime/task_group.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  Random random = [] { return 0.5; };
  bool throws = false;
  std::optional<runtime::TaskGroup> group;

  Fixture() {
    config.storePath = folder.path();
    config.language = Language::english;
    config.channels.emplace_back().name = "ops";
    retain();
    begin();
  }
  ~Fixture() { end(); }
  void begin() {
    group.emplace(io.get_executor(), [](std::string_view, std::string_view what) { FAIL(what); });
    group->spawn("rules", runJob(owners(), random, {"", JobKind::rules, Schedule::every(30s, 0)},
                                 [this] { return judge(); }));
    drain(io);
  }
  void end() {
    group->stop();
    runTask(io, group->join());
    group.reset();
  }
  runtime::Task<JobOutcome> judge() {
    if (throws) throw std::out_of_range("map::at");
    co_return JobOutcome();
  }
  void pass(Duration span) {
    for (Duration gone{}; gone < span; gone += 10s) {
      clock.advance(10s);
      drain(io);
      owners().keepStore(config);
    }
  }
  std::size_t notified() { return owners().outbox().waiting("ops", 100)->size(); }
  std::string latest() { return owners().outbox().waiting("ops", 100)->back().notification; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "rules that have thrown for five minutes are notified once, with a number") {
  pass(1min);
  throws = true;
  pass(4min);
  CHECK(notified() == 0);
  pass(2min);
  REQUIRE(notified() == 1);
  CHECK_THAT(latest(), Catch::Contains("its rules fail") && Catch::Contains("#1") &&
                           Catch::Contains("map::at") && Catch::Contains("Restart arrivald"));
  pass(3h);
  CHECK(notified() == 1);
  pass(2h);
  CHECK(notified() == 2);
  throws = false;
  pass(15min);  // the job waits longer after each failure
  REQUIRE(notified() == 3);
  CHECK_THAT(latest(), Catch::Contains("judges its rules again") && Catch::Contains("#1"));
  pass(1h);
  CHECK(notified() == 3);
}

TEST_CASE_METHOD(Fixture, "rules that threw for a moment are not notified") {
  throws = true;
  pass(3min);
  throws = false;
  pass(1h);
  CHECK(notified() == 0);
}

TEST_CASE_METHOD(Fixture,
                 "after a restart the end is notified under the same number, and none is given twice") {
  throws = true;
  pass(7min);
  REQUIRE(notified() == 1);
  end();
  restart();
  throws = false;
  begin();
  pass(3min);
  REQUIRE(notified() == 2);
  CHECK_THAT(latest(), Catch::Contains("judges its rules again") && Catch::Contains("#1"));
  throws = true;
  pass(20min);
  REQUIRE(notified() == 3);
  CHECK_THAT(latest(), Catch::Contains("#2"));
}
