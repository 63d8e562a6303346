// Jobs by a clock that the test moves: when they run, how often, and what they make up for.
#include "runtime/job.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using runtime::Job;
using runtime::Task;

namespace {

struct JobFixture {
  explicit JobFixture(Schedule schedule, Duration takes = 0s)
      : job(
            io.get_executor(), clock, std::move(schedule), [this] { return random; },
            [this, takes] { return body(takes); },
            [this](std::string_view what) { failures.emplace_back(what); }) {}
  ~JobFixture() {
    if (!group) return;
    group->stop();
    testing::runTask(io, group->join());
  }
  void start() {
    group.emplace(io.get_executor(),
                  [this](std::string_view, std::string_view what) { failures.emplace_back(what); });
    group->spawn("job", job.run());
    testing::drain(io);
  }
  void advance(Duration span) {
    clock.advance(span);
    testing::drain(io);
  }
  /// As the time passes in steps, since a ManualClock makes no stops of its own.
  void pass(Duration span, Duration step = 1s) {
    for (auto gone = 0ms; gone < span; gone += step) advance(step);
  }
  void step(Duration span) {
    clock.step(span);
    testing::drain(io);
  }
  Task<> body(Duration takes) {
    starts.push_back(clock.now());
    ++atOnce;
    max = std::max(max, atOnce);
    if (takes > 0s) co_await runtime::sleepFor(clock, takes);
    --atOnce;
    if (!problem.empty()) throw std::runtime_error(problem);
  }

  boost::asio::io_context io;
  testing::ManualClock clock{parseIso("2026-11-23T09:59:30Z").value()};
  double random = 0.5;  // no jitter
  std::vector<Instant> starts;
  std::vector<std::string> failures;
  std::string problem;
  int atOnce = 0;
  int max = 0;
  Job job;
  std::optional<runtime::TaskGroup> group;
};

Schedule hourly() { return Schedule::cron("0 * * * *", TimeZone()).value(); }
Instant at(const char* iso) { return parseIso(iso).value(); }

}  // namespace

TEST_CASE("a job runs once every period, from start to start") {
  JobFixture f(Schedule::every(60s), 20s);
  f.start();
  const auto begun = f.clock.now();
  CHECK(f.job.next() == begun + 60s);
  f.pass(59s);
  CHECK(f.starts.empty());
  f.pass(1s);
  CHECK(f.job.running());
  CHECK_FALSE(f.job.next());
  f.pass(20s);
  CHECK_FALSE(f.job.running());
  CHECK(f.job.lastStart() == begun + 60s);
  CHECK(f.job.lastEnd() == begun + 80s);
  CHECK(f.job.next() == begun + 120s);
  f.pass(100s);
  CHECK(f.starts == std::vector<Instant>{begun + 60s, begun + 120s, begun + 180s});
  CHECK(f.job.runs() == 3);
}

TEST_CASE("the jitter is drawn anew for each run") {
  JobFixture f(Schedule::every(100s, 0.1));
  f.random = 0;
  f.start();
  const auto begun = f.clock.now();
  f.random = 0.5;
  f.pass(90s);
  CHECK(f.starts == std::vector<Instant>{begun + 90s});
  CHECK(f.job.next() == begun + 190s);
}

TEST_CASE("a job never overlaps itself; what it misses meanwhile is made up for by one run") {
  JobFixture f(Schedule::every(10s), 35s);
  f.start();
  const auto begun = f.clock.now();
  f.pass(90s);
  CHECK(f.starts == std::vector<Instant>{begun + 10s, begun + 45s, begun + 80s});
  CHECK(f.max == 1);

  JobFixture cron(Schedule::cron("* * * * *", TimeZone()).value(), 150s);
  cron.start();
  cron.pass(6min);
  CHECK(cron.starts == std::vector<Instant>{at("2026-11-23T10:00:00Z"), at("2026-11-23T10:02:30Z"),
                                            at("2026-11-23T10:05:00Z")});
  CHECK(cron.max == 1);
}

TEST_CASE("after the machine has slept, what was missed runs once") {
  for (const auto& schedule : {Schedule::every(60s), Schedule::cron("* * * * *", TimeZone()).value()}) {
    JobFixture f(schedule);
    f.start();
    f.advance(5h);
    CHECK(f.starts.size() == 1);
    f.pass(60s);
    CHECK(f.starts.size() == 2);
  }
}

TEST_CASE("setting the wall clock does not touch a job that runs every so often") {
  JobFixture f(Schedule::every(60s));
  f.start();
  f.pass(30s);
  f.step(24h);
  CHECK(f.starts.empty());
  f.step(-72h);
  CHECK(f.starts.empty());
  CHECK(f.job.next() == f.clock.now() + 30s);
  f.pass(30s);
  CHECK(f.starts.size() == 1);
}

TEST_CASE(
    "a cron job follows the wall clock: forward over many runs it runs once, back it waits for the next") {
  JobFixture f(hourly());
  f.start();
  f.step(30s);
  CHECK(f.starts == std::vector<Instant>{at("2026-11-23T10:00:00Z")});
  f.step(5h + 10min);
  CHECK(f.starts.size() == 2);
  CHECK(f.job.next() == at("2026-11-23T16:00:00Z"));
  f.step(-24h);
  CHECK(f.starts.size() == 2);
  CHECK(f.job.next() == at("2026-11-22T16:00:00Z"));
  f.pass(50min);
  CHECK(f.starts.back() == at("2026-11-22T16:00:00Z"));
}

TEST_CASE("a wall clock that is set back by a little does not repeat a run") {
  JobFixture f(hourly());
  f.start();
  f.pass(30s);
  REQUIRE(f.starts.size() == 1);
  f.step(-2s);
  f.pass(10s);
  CHECK(f.starts.size() == 1);
  CHECK(f.job.next() == at("2026-11-23T11:00:00Z"));

  JobFixture slow(hourly(), 5s);
  slow.start();
  slow.pass(30s);
  slow.step(-3s);  // while it runs
  slow.pass(10s);
  CHECK(slow.starts.size() == 1);
  CHECK(slow.job.next() == at("2026-11-23T11:00:00Z"));
}

TEST_CASE("a wall clock that is set back by much while the body runs is noticed when it has ended") {
  JobFixture f(hourly(), 5s);
  f.start();
  f.pass(30s);
  REQUIRE(f.job.running());
  f.step(-24h);
  f.pass(10s);
  CHECK(f.job.next() == at("2026-11-22T11:00:00Z"));
}

TEST_CASE("a job can be asked to run now, which is one run however often it is asked") {
  JobFixture f(Schedule::every(60s), 5s);
  f.job.runNow();
  f.start();
  const auto begun = f.clock.now();
  CHECK(f.starts.size() == 1);
  f.job.runNow();
  f.job.runNow();
  f.pass(5s);
  CHECK(f.starts == std::vector<Instant>{begun, begun + 5s});
  f.pass(5s);
  CHECK(f.job.next() == begun + 65s);
  f.job.runNow();
  testing::drain(f.io);
  CHECK(f.starts.size() == 3);
  CHECK(f.max == 1);

  JobFixture cron(hourly());
  cron.job.runNow();
  cron.start();
  CHECK(cron.starts.size() == 1);
  CHECK(cron.job.next() == at("2026-11-23T10:00:00Z"));
}

TEST_CASE("a body that throws is told, and the job goes on") {
  JobFixture f(Schedule::every(60s));
  f.problem = "no such column";
  f.start();
  f.pass(60s);
  f.problem.clear();
  f.pass(60s);
  CHECK(f.failures == std::vector<std::string>{"no such column"});
  CHECK(f.job.runs() == 2);
}

TEST_CASE("a job ends when it is cancelled, waiting or running, and tells nobody") {
  for (const auto before : {30s, 61s}) {
    JobFixture f(Schedule::every(60s), 24h);
    f.start();
    f.pass(before);
    CHECK(f.job.running() == (before == 61s));
    f.group->stop();
    testing::drain(f.io);
    CHECK(f.group->size() == 0);
    CHECK(f.failures.empty());
    CHECK_FALSE(f.job.running());
    CHECK_FALSE(f.job.next());
  }
}
