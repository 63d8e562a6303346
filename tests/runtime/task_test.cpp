// Task groups, sleeps and deadlines, by a clock that the test moves.
#include "runtime/task_group.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "runtime/deadline.hpp"
#include "runtime/sleep.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using runtime::Task;
using runtime::TaskGroup;
using testing::drain;
using testing::RunningTask;

namespace {

namespace asio = boost::asio;

struct Failures {
  std::vector<std::string> told;
  TaskGroup::OnFailure hook() {
    return [this](std::string_view name, std::string_view what) {
      told.push_back(std::string(name) + ": " + std::string(what));
    };
  }
};

Task<> endless(Clock& clock, int& turns) {
  for (;;) {
    ++turns;
    co_await runtime::sleepFor(clock, 1min);
  }
}

Task<> throwing(const char* what) {
  throw std::runtime_error(what);
  co_return;
}

Task<> throwingForeignType() {
  throw 7;
  co_return;
}

// Ends only some time after it has been cancelled, as one does that saves its state.
Task<> slowToEnd(Clock& clock, bool& ended) {
  try {
    co_await runtime::sleepFor(clock, 24h);
  } catch (const boost::system::system_error&) {
  }
  co_await asio::this_coro::reset_cancellation_state();
  co_await runtime::sleepFor(clock, 5s);
  ended = true;
}

Task<> joinAndTell(TaskGroup& group, bool& joined) {
  co_await group.join();
  joined = true;
}

}  // namespace

TEST_CASE("a group starts tasks, cancels them all on stop, and join waits until each has ended") {
  asio::io_context io;
  testing::ManualClock clock;
  Failures failures;
  TaskGroup group(io.get_executor(), failures.hook());
  int turns = 0;
  bool saved = false;
  CHECK(group.spawn("endless", endless(clock, turns)));
  CHECK(group.spawn("slow to end", slowToEnd(clock, saved)));
  drain(io);
  clock.advance(1min);
  drain(io);
  CHECK(turns == 2);

  bool joined = false;
  const RunningTask joining(io, joinAndTell(group, joined));
  drain(io);
  CHECK_FALSE(joined);
  group.stop();
  drain(io);
  CHECK(group.size() == 1);
  CHECK_FALSE(joined);
  clock.advance(5s);
  drain(io);
  CHECK(saved);
  CHECK(joined);
  CHECK(group.size() == 0);
  CHECK(failures.told.empty());
}

TEST_CASE("the loop of a stopped group returns by itself") {
  asio::io_context io;
  testing::ManualClock clock;
  int turns = 0;
  TaskGroup group(io.get_executor(), nullptr);
  group.spawn("endless", endless(clock, turns));
  drain(io);
  group.stop();
  bool joined = false;
  const RunningTask joining(io, joinAndTell(group, joined));
  io.run();
  CHECK(joined);
}

TEST_CASE("a task that fails is reported by its name, and the others go on") {
  asio::io_context io;
  testing::ManualClock clock;
  Failures failures;
  TaskGroup group(io.get_executor(), failures.hook());
  int turns = 0;
  group.spawn("endless", endless(clock, turns));
  group.spawn("failing", throwing("no such table"));
  group.spawn("odd", throwingForeignType());
  drain(io);
  CHECK(failures.told == std::vector<std::string>{"failing: no such table",
                                                  "odd: an object that is not a std::exception was thrown"});
  CHECK(group.size() == 1);
  clock.advance(1min);
  drain(io);
  CHECK(turns == 2);
  group.stop();
  testing::runTask(io, group.join());
}

TEST_CASE("a full group and a stopped group start nothing") {
  asio::io_context io;
  testing::ManualClock clock;
  int turns = 0;
  TaskGroup group(io.get_executor(), nullptr, 2);
  CHECK(group.spawn("one", endless(clock, turns)));
  CHECK(group.spawn("two", endless(clock, turns)));
  CHECK_FALSE(group.spawn("three", endless(clock, turns)));
  drain(io);
  CHECK(turns == 2);
  group.stop();
  drain(io);
  CHECK_FALSE(group.spawn("four", endless(clock, turns)));
  drain(io);
  CHECK(turns == 2);
}

TEST_CASE("a task that is stopped before its first step never goes past its first await") {
  asio::io_context io;
  testing::ManualClock clock;
  int turns = 0;
  TaskGroup group(io.get_executor(), nullptr);
  group.spawn("endless", endless(clock, turns));
  group.stop();
  drain(io);
  CHECK(group.size() == 0);
  CHECK(turns <= 1);
}

TEST_CASE("a task may stop the group that it runs in") {
  asio::io_context io;
  testing::ManualClock clock;
  int turns = 0;
  TaskGroup group(io.get_executor(), nullptr);
  const auto stopping = [](Clock& by, TaskGroup& all) -> Task<> {
    co_await runtime::sleepFor(by, 1s);
    all.stop();
    co_await runtime::sleepFor(by, 24h);
  };
  group.spawn("endless", endless(clock, turns));
  group.spawn("stopping", stopping(clock, group));
  drain(io);
  clock.advance(1s);
  drain(io);
  CHECK(group.size() == 0);
}

TEST_CASE("sleepFor counts time that passes, whatever the wall clock is set to") {
  asio::io_context io;
  testing::ManualClock clock;
  RunningTask sleeping(io, runtime::sleepFor(clock, 10min));
  drain(io);
  clock.advance(9min + 59s);
  drain(io);
  CHECK_FALSE(sleeping.ended());
  clock.step(24h);
  drain(io);
  CHECK_FALSE(sleeping.ended());
  clock.advance(1s);
  drain(io);
  CHECK(sleeping.ended());
  CHECK_NOTHROW(sleeping.check());
}

TEST_CASE("sleeping for no time, or less, ends at once") {
  testing::ManualClock clock;
  asio::io_context io;
  RunningTask negative(io, runtime::sleepFor(clock, -1s));
  RunningTask zero(io, runtime::sleepFor(clock, 0s));
  drain(io);
  CHECK(negative.ended());
  CHECK(zero.ended());
}

TEST_CASE("a cancelled sleep throws operation_aborted, also where cancellation does not throw by itself") {
  asio::io_context io;
  testing::ManualClock clock;
  const auto quiet = [](Clock& by, bool& aborted) -> Task<> {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      co_await runtime::sleepFor(by, 1h);
    } catch (const boost::system::system_error& error) {
      aborted = error.code() == asio::error::operation_aborted;
    }
  };
  bool aborted = false;
  RunningTask plain(io, runtime::sleepFor(clock, 1h));
  RunningTask silent(io, quiet(clock, aborted));
  drain(io);
  plain.cancel();
  silent.cancel();
  drain(io);
  CHECK(plain.ended());
  CHECK_THROWS_AS(plain.check(), boost::system::system_error);
  CHECK(silent.ended());
  CHECK(aborted);
}

TEST_CASE("a sleep that ends in the moment of its cancellation is cancelled") {
  asio::io_context io;
  testing::ManualClock clock;
  RunningTask sleeping(io, runtime::sleepFor(clock, 1h));
  drain(io);
  // On the loop, so that the cancellation is there before the sleeper can take its next step.
  asio::post(io, [&] {
    clock.advance(1h);
    sleeping.cancel();
  });
  drain(io);
  CHECK(sleeping.ended());
  CHECK_THROWS_AS(sleeping.check(), boost::system::system_error);
}

TEST_CASE("on the accelerated clock a day is slept through in a moment") {
  asio::io_context io;
  AcceleratedClock clock(parseIso("2026-11-23T00:00:00Z").value(), 86'400'000.0);  // a day in a millisecond
  testing::runTask(io, runtime::sleepFor(clock, 48h));
  CHECK(clock.now() >= parseIso("2026-11-25T00:00:00Z").value());
}

TEST_CASE("a deadline calls back once, at the time that was set last") {
  asio::io_context io;
  testing::ManualClock clock;
  int calls = 0;
  runtime::Deadline deadline(io.get_executor(), clock, [&] { ++calls; });
  deadline.within(10s);
  clock.advance(9s);
  deadline.within(10s);  // later
  clock.advance(9s);
  drain(io);
  CHECK(calls == 0);
  deadline.within(500ms);  // earlier
  clock.advance(499ms);
  drain(io);
  CHECK(calls == 0);
  clock.advance(1ms);
  drain(io);
  CHECK(calls == 1);
  CHECK(deadline.expired());
  clock.advance(1h);
  drain(io);
  CHECK(calls == 1);
}

TEST_CASE("a deadline's total holds however often it is put off, and off() forgets both") {
  asio::io_context io;
  testing::ManualClock clock;
  int calls = 0;
  runtime::Deadline deadline(io.get_executor(), clock, [&] { ++calls; });
  deadline.total(25s);
  for (int i = 0; i < 2; ++i) {
    deadline.within(20s);
    clock.advance(12s);
    drain(io);
  }
  CHECK(calls == 0);
  clock.advance(1s);
  drain(io);
  CHECK(calls == 1);

  runtime::Deadline forgotten(io.get_executor(), clock, [&] { ++calls; });
  forgotten.total(25s);
  forgotten.within(5s);
  forgotten.off();
  clock.advance(1h);
  drain(io);
  CHECK(calls == 1);
  CHECK_FALSE(forgotten.expired());
}

TEST_CASE("a destroyed deadline does not call back, and its callback may destroy it") {
  asio::io_context io;
  testing::ManualClock clock;
  int calls = 0;
  auto gone = std::make_unique<runtime::Deadline>(io.get_executor(), clock, [&] { ++calls; });
  gone->within(1s);
  gone.reset();
  clock.advance(1s);
  drain(io);
  CHECK(calls == 0);

  std::unique_ptr<runtime::Deadline> own;
  own = std::make_unique<runtime::Deadline>(io.get_executor(), clock, [&] {
    ++calls;
    own.reset();
  });
  own->within(1s);
  clock.advance(1s);
  drain(io);
  CHECK(calls == 1);
  CHECK_FALSE(own);
}

TEST_CASE("on the machine's clock a deadline comes by a timer") {
  asio::io_context io;
  SystemClock clock;
  bool called = false;
  runtime::Deadline deadline(io.get_executor(), clock, [&] { called = true; });
  deadline.within(1h);
  deadline.within(2ms);  // earlier than what the timer was set to
  CHECK(testing::pumpUntil(io, [&] { return called; }));

  called = false;
  runtime::Deadline again(io.get_executor(), clock, [&] { called = true; });
  again.within(1h);
  again.off();
  again.within(2ms);
  CHECK(testing::pumpUntil(io, [&] { return called; }));
}
