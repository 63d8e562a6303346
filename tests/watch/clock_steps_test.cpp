// Noticing that the wall clock was set.
#include "watch/clock_steps.hpp"

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
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  ClockSteps steps{*database, clock};

  Duration ahead() {
    Duration by{};
    REQUIRE(database->read([&] { by = ClockSteps(*database, clock).aheadOfClock(); }));
    return by;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "time that passes is no step; a clock that is set is one, once") {
  clock.advance(5h);
  CHECK(steps.observe() == Duration{});
  clock.step(-3h);
  CHECK(steps.observe() == -3h);
  CHECK(steps.observe() == Duration{});
  clock.step(1s);  // slewing
  CHECK(steps.observe() == Duration{});
}

TEST_CASE_METHOD(Fixture,
                 "data that lies ahead of the clock shows that it was set back while nobody looked") {
  CHECK(ahead() == Duration{});  // nothing is stored
  REQUIRE(database->transact([&] { steps.remember(clock.now()); }));
  clock.advance(5h);
  CHECK(ahead() == Duration{});
  clock.step(-6h);
  CHECK(ahead() == 1h);
  clock.step(1h - 2s);
  CHECK(ahead() == Duration{});
}
