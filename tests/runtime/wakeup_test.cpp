// A wake-up ends the waiting of everybody, and each way in which waiting ends, ends it.
#include "runtime/wakeup.hpp"

#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  boost::asio::io_context io;
  ManualClock clock;
  runtime::Wakeup wakeup;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a wake-up ends the waiting of all that wait, and of nobody who comes later") {
  const RunningTask first(io, wakeup.wait(clock, 1h)), second(io, wakeup.wait(clock, 1h));
  drain(io);
  CHECK_FALSE(first.ended());
  wakeup.wake();
  drain(io);
  CHECK(first.ended());
  CHECK(second.ended());
  const RunningTask later(io, wakeup.wait(clock, 1h));
  drain(io);
  CHECK_FALSE(later.ended());
}

TEST_CASE_METHOD(Fixture, "without a wake-up waiting ends with its time") {
  const RunningTask waiting(io, wakeup.wait(clock, 10s));
  drain(io);
  clock.advance(9s);
  drain(io);
  CHECK_FALSE(waiting.ended());
  clock.advance(1s);
  drain(io);
  CHECK(waiting.ended());
  CHECK_NOTHROW(waiting.check());
}

TEST_CASE_METHOD(Fixture, "a clock that is set neither ends nor prolongs the waiting") {
  const RunningTask waiting(io, wakeup.wait(clock, 10s));
  drain(io);
  clock.step(1h);
  drain(io);
  CHECK_FALSE(waiting.ended());
  clock.step(-5h);
  clock.advance(10s);
  drain(io);
  CHECK(waiting.ended());
}

TEST_CASE_METHOD(Fixture, "waiting that is cancelled throws, also when a wake-up comes in the same instant") {
  RunningTask alone(io, wakeup.wait(clock, 1h));
  drain(io);
  alone.cancel();
  drain(io);
  REQUIRE(alone.ended());
  CHECK_THROWS_AS(alone.check(), boost::system::system_error);
  RunningTask both(io, wakeup.wait(clock, 1h));
  drain(io);
  both.cancel();
  wakeup.wake();
  drain(io);
  REQUIRE(both.ended());
  CHECK_THROWS_AS(both.check(), boost::system::system_error);
}

TEST_CASE("a task that is dropped while it waits leaves nothing behind that could be woken") {
  ManualClock clock;
  auto io = std::make_unique<boost::asio::io_context>();
  runtime::Wakeup wakeup;
  const RunningTask dropped(*io, wakeup.wait(clock, 1h));
  drain(*io);
  io.reset();
  wakeup.wake();
  CHECK_FALSE(dropped.ended());
}
