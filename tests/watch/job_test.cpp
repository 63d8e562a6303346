// Jobs on a loop and a clock that the test moves: what runs when, what is recorded of it, and what a stop
// does at each point where a job may be waiting. When runs are due is tested with Timetable.
#include "watch/job.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "metrics/registry.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "store/database.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/current_facts.hpp"
#include "watch/fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

Instant at(const char* iso) { return parseIso(iso).value(); }
Schedule hourly() { return Schedule::cron("0 * * * *", TimeZone()).value(); }
Schedule minutely() { return Schedule::every(60s, 0); }

struct Fixture {
  testing::TempStore folder;
  testing::ManualClock clock{at("2026-11-23T09:59:30Z")};
  boost::asio::io_context io;
  testing::Memory memory{io, clock, folder.path()};
  Random random = [] { return 1.0; };
  std::vector<Instant> starts;
  std::vector<std::string> died;
  JobOutcome outcome;
  std::string thrown;
  Duration takes = 0s;
  runtime::TaskGroup group{io.get_executor(),
                           [this](std::string_view, std::string_view what) { died.emplace_back(what); }};

  ~Fixture() {
    group.stop();
    testing::runTask(io, group.join());
  }
  void start(Schedule schedule, bool atStart = true, Party asks = Party::provider) {
    group.spawn("job", runJob(memory.owners, random,
                              {"main", JobKind::statistics, std::move(schedule), atStart, asks},
                              [this] { return body(); }));
    testing::drain(io);
  }
  Task<JobOutcome> body() {
    starts.push_back(clock.now());
    if (takes > 0s) co_await runtime::sleepFor(clock, takes);
    if (!thrown.empty()) throw std::runtime_error(thrown);
    co_return outcome;
  }
  void pass(Duration span, Duration step = 1s) {
    for (auto gone = 0ms; gone < span; gone += step) {
      clock.advance(step);
      testing::drain(io);
    }
  }
  void step(Duration span) {
    clock.step(span);
    testing::drain(io);
  }
  const JobState& job() { return *memory.owners.jobs().at("main", JobKind::statistics); }
  void fail(Error::Kind kind, Party party) { outcome = Error{kind, "it did not work", party}; }
  std::string metric(const std::string& series) {
    const auto text = memory.registry.expose();
    const auto found = text.find(series + " ");
    if (found == std::string::npos) return "(none)";
    const auto begin = found + series.size() + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
};

const std::string kMissed = R"(arrivald_job_missed_runs_total{account="main",task="statistics"})";
std::string errors(const char* party, const char* kind) {
  return std::string(R"(arrivald_poll_errors_total{account="main",kind=")") + kind + R"(",party=")" + party +
         R"(",task="statistics"})";
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a job runs at once or by its schedule, and its result is recorded") {
  takes = 20s;
  start(minutely());
  const auto begun = clock.now();
  CHECK(job().running);
  CHECK(job().period == 60s);
  CHECK_FALSE(job().nextRun);
  pass(20s);
  CHECK_FALSE(job().running);
  CHECK(job().lastRun == begun);
  CHECK(job().lastSuccess == begun + 20s);
  CHECK(job().took == 20s);
  CHECK(job().nextRun == begun + 60s);
  pass(100s);
  CHECK(starts == std::vector<Instant>{begun, begun + 60s, begun + 120s});
}

TEST_CASE_METHOD(Fixture,
                 "what its answer left doubtful is asked again soon, and then by the schedule again") {
  int doubtful = 2;
  group.spawn("job",
              runJob(
                  memory.owners, random, {"main", JobKind::statistics, minutely(), true, Party::provider},
                  [this] { return body(); },
                  [&]() -> std::optional<Duration> {
                    return doubtful-- > 0 ? std::optional<Duration>(25s) : std::nullopt;
                  }));
  testing::drain(io);
  const auto begun = clock.now();
  pass(3min);
  CHECK(starts == std::vector<Instant>{begun, begun + 25s, begun + 50s, begun + 110s, begun + 170s});
}

TEST_CASE_METHOD(Fixture, "a job that is not due at the start waits for its schedule") {
  start(hourly(), false);
  CHECK(starts.empty());
  CHECK(job().nextRun == at("2026-11-23T10:00:00Z"));
  pass(30s);
  CHECK(starts == std::vector<Instant>{at("2026-11-23T10:00:00Z")});
}

TEST_CASE_METHOD(Fixture,
                 "a cron job is not late after the clock was set back, and nextRun is the awaited run") {
  start(hourly(), false);
  pass(30s);
  REQUIRE(starts.size() == 1);
  step(-24h);
  memory.owners.noticeClockStep();
  CHECK(job().nextRun == at("2026-11-22T11:00:00Z"));
  CHECK(job().lastRun == at("2026-11-22T10:00:00Z"));
  pass(1h);
  CHECK(starts.back() == at("2026-11-22T11:00:00Z"));
  pass(5s);
  step(5h);
  CHECK(starts.size() == 3);
  CHECK(job().nextRun == at("2026-11-22T17:00:00Z"));
  CHECK(metric(kMissed) == "4");
}

TEST_CASE_METHOD(Fixture, "a periodic job ignores steps of the wall clock; nextRun follows them") {
  start(minutely());
  pass(30s);
  step(24h);
  memory.owners.noticeClockStep();
  CHECK(starts.size() == 1);
  CHECK(job().nextRun == clock.now() + 30s);
  step(-72h);
  memory.owners.noticeClockStep();
  CHECK(starts.size() == 1);
  CHECK(job().nextRun == clock.now() + 30s);
  pass(30s);
  CHECK(starts.size() == 2);
}

TEST_CASE_METHOD(Fixture, "runs missed during a suspension are counted and replaced by one run") {
  start(minutely());
  CHECK(metric(kMissed) == "0");
  clock.advance(5h);
  testing::drain(io);
  CHECK(starts.size() == 2);
  CHECK(metric(kMissed) == "299");
}

TEST_CASE_METHOD(Fixture, "a failure is retried with growing delays, and recorded with its party") {
  fail(Error::Kind::diskFull, Party::storage);
  CHECK(metric(errors("storage", "disk_full")) == "(none)");
  start(minutely());
  const auto begun = clock.now();
  CHECK(job().failuresInARow == 1);
  CHECK(job().error->party == Party::storage);
  CHECK(job().error->kind == Error::Kind::diskFull);
  CHECK_FALSE(job().lastSuccess);
  CHECK(job().nextRun == begun + 5s);
  pass(5s + 10s + 20s);
  CHECK(starts == std::vector<Instant>{begun, begun + 5s, begun + 15s, begun + 35s});
  CHECK(metric(errors("storage", "disk_full")) == "4");
  CHECK(metric(errors("provider", "server_error")) == "0");
  outcome.reset();
  pass(40s);
  CHECK(job().failuresInARow == 0);
  CHECK_FALSE(job().error);
  CHECK(job().lastSuccess == begun + 75s);
  CHECK(job().nextRun == begun + 75s + 60s);
}

TEST_CASE_METHOD(Fixture,
                 "what works again for one task is tried within a minute by those that failed alike") {
  const auto side = GENERATE(Party::configuration, Party::provider, Party::network);
  const TaskId other{GENERATE("main", "second"), "categories"};
  outcome = Error{Error::Kind::unauthorized, "401", side};
  start(minutely());
  pass(1h);
  auto& jobs = memory.owners.jobs();
  jobs.added(other, 60s, Party::provider);
  jobs.failed(other, *outcome, 1s);
  while (!jobs.at("main", JobKind::statistics)->nextRun ||
         *jobs.at("main", JobKind::statistics)->nextRun - clock.now() < 90s)
    pass(1s);
  pass(1s);
  const auto runs = starts.size();
  outcome.reset();
  jobs.succeeded(other, 1s);
  pass(1min);
  // Of the way to SendGrid all accounts share what is over.
  const bool isShared = other.account == "main" || side == Party::network;
  CHECK(starts.size() == runs + (isShared ? 1 : 0));
}

TEST_CASE_METHOD(
    Fixture, "among half answers and time-outs, one that says that SendGrid fails tells whose side it is") {
  outcome = Error{Error::Kind::serverError, "502", Party::provider};
  start(minutely());
  const auto& job = *memory.owners.jobs().at("main", JobKind::statistics);
  outcome = Error{Error::Kind::truncated, "half", Party::network};
  pass(1min);
  REQUIRE(job.error->kind == Error::Kind::truncated);
  CHECK(tellingKindOf(job) == Error::Kind::serverError);
  outcome = Error{Error::Kind::unreachable, "no route", Party::network};
  pass(2min);
  CHECK(tellingKindOf(job) == Error::Kind::unreachable);
  outcome.reset();
  pass(5min);
  CHECK_FALSE(tellingKindOf(job));
  outcome = Error{Error::Kind::truncated, "half", Party::network};
  pass(2min);
  CHECK(tellingKindOf(job) == Error::Kind::truncated);
}

TEST_CASE_METHOD(Fixture, "one refusal is retried soon; repeated ones after up to 15 minutes") {
  for (const auto kind : {Error::Kind::badRequest, Error::Kind::forbidden, Error::Kind::notFound}) {
    fail(kind, Party::configuration);
    if (starts.empty()) start(minutely());
    pass(60s);
    outcome.reset();
    pass(2min);
    CHECK(job().failuresInARow == 0);
    CHECK(clock.now() - *job().lastSuccess <= 1min);
  }
  fail(Error::Kind::notFound, Party::configuration);
  pass(5h);
  CHECK(*job().nextRun - *job().lastRun == 15min);
}

TEST_CASE_METHOD(Fixture, "every possible failure of a poll has a counter that starts with 0") {
  start(minutely());
  CHECK(metric(errors("provider", "server_error")) == "0");
  CHECK(metric(errors("configuration", "unauthorized")) == "0");
  CHECK(metric(errors("network", "unreachable")) == "0");
  CHECK(metric(errors("storage", "disk_full")) == "0");
  CHECK(metric(errors("internal", "bug")) == "0");
  CHECK(metric(errors("internal", "cancelled")) == "(none)");
}

TEST_CASE_METHOD(Fixture, "an exception of the body is an internal error, and the job continues") {
  thrown = "no such column";
  start(minutely());
  CHECK(job().error->kind == Error::Kind::bug);
  CHECK(job().error->party == Party::internal);
  CHECK(job().error->text.find("no such column") != std::string::npos);
  thrown.clear();
  pass(5s);
  CHECK_FALSE(job().error);
  CHECK(died.empty());
}

TEST_CASE_METHOD(Fixture, "a job that waits for its schedule ends when it is cancelled") {
  start(minutely(), false);
  group.stop();
  testing::drain(io);
  CHECK(group.size() == 0);
  CHECK(starts.empty());
  CHECK(died.empty());
}

TEST_CASE_METHOD(Fixture, "a job that waits to try again ends when it is cancelled") {
  fail(Error::Kind::serverError, Party::provider);
  start(minutely());
  group.stop();
  testing::drain(io);
  CHECK(group.size() == 0);
  CHECK(starts.size() == 1);
  CHECK(died.empty());
}

TEST_CASE_METHOD(Fixture, "a cancelled run is not a failure") {
  takes = 24h;
  start(minutely());
  REQUIRE(job().running);
  group.stop();
  testing::drain(io);
  CHECK(group.size() == 0);
  CHECK_FALSE(job().running);
  CHECK_FALSE(job().error);
  CHECK(job().failuresInARow == 0);
  CHECK(died.empty());
}

TEST_CASE_METHOD(Fixture,
                 "a run whose success comes together with the cancellation counts, and is the last") {
  takes = 20s;
  start(minutely());
  // Both wait for the loop when it comes to them: the end of the run, and the stop.
  clock.advance(20s);
  group.stop();
  testing::drain(io);
  CHECK(group.size() == 0);
  CHECK(starts.size() == 1);
  CHECK_FALSE(job().running);
  CHECK_FALSE(job().error);
  CHECK(died.empty());

  // A body that notices nothing of the stop has succeeded.
  Fixture other;
  other.group.spawn("job", runJob(other.memory.owners, other.random,
                                  {"main", JobKind::statistics, minutely()}, [&other]() -> Task<JobOutcome> {
                                    other.starts.push_back(other.clock.now());
                                    other.group.stop();
                                    co_return JobOutcome();
                                  }));
  testing::drain(other.io);
  CHECK(other.group.size() == 0);
  CHECK(other.job().lastSuccess == other.clock.now());
  CHECK(other.starts.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a task that is no longer configured is removed with its metrics") {
  auto& jobs = memory.owners.jobs();
  const TaskId statistics{"main", "statistics"}, categories{"main", "categories"};
  for (const auto& id : {statistics, categories}) {
    jobs.added(id, 60s, Party::provider);
    jobs.started(id, 0);
    jobs.succeeded(id, 1s);
  }
  jobs.failed(categories, Error{Error::Kind::notFound, "gone", Party::configuration}, 1s);
  CHECK(memory.registry.expose().find(R"(task="categories")") != std::string::npos);
  config::Config config;
  config.accounts.emplace_back();
  config.accounts.back().name = "main";
  jobs.retain(config);
  CHECK(jobs.at("main", JobKind::categories) == nullptr);
  CHECK(jobs.at("main", JobKind::statistics) != nullptr);
  CHECK(std::distance(jobs.begin(), jobs.end()) == 1);
  CHECK(memory.registry.expose().find(R"(task="categories")") == std::string::npos);
  CHECK(memory.registry.expose().find(R"(task="statistics")") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "ages restart with a start, a reload and a resume") {
  auto& jobs = memory.owners.jobs();
  const TaskId id{"main", "statistics"};
  jobs.added(id, 60s, Party::provider);
  const auto since = [&] { return jobs.at("main", JobKind::statistics)->since; };
  CHECK(since() == clock.now());
  jobs.noticeSuspend();
  for (int i = 0; i < 10; ++i) {
    clock.advance(1min);
    jobs.noticeSuspend();
  }
  CHECK(since() == clock.now() - 10min);
  clock.advance(4min);
  jobs.noticeSuspend();
  CHECK(since() == clock.now());
  clock.step(-2h);
  jobs.noticeSuspend();
  jobs.shift(-2h);
  CHECK(since() == clock.now());
  // A reload does not keep an age from growing, however often it comes.
  clock.advance(1min);
  config::Config config;
  config.accounts.emplace_back();
  config.accounts.back().name = "main";
  jobs.retain(config);
  CHECK(since() == clock.now() - 1min);
  // Nor one that has it read as often, or less often; more often is another promise.
  jobs.added(id, 120s, Party::provider);
  CHECK(since() == clock.now() - 1min);
  jobs.added(id, 60s, Party::provider);
  CHECK(since() == clock.now());
}

TEST_CASE_METHOD(Fixture, "after a resume a source is unknown to rules until it is read again") {
  config::Config config;
  config.accounts.emplace_back();
  config.accounts.back().name = "main";
  auto& owners = memory.owners;
  const auto reading = [&] { return CurrentFacts(owners, config).facts().readings("main").at(0); };
  auto& jobs = memory.owners.jobs();
  const TaskId id{"main", "statistics"};
  jobs.added(id, 60s, Party::provider);
  jobs.started(id, 0);
  jobs.succeeded(id, 1s);
  jobs.noticeSuspend();
  CHECK(reading().lastSuccess == clock.now());
  clock.advance(10min);
  jobs.noticeSuspend();
  CHECK_FALSE(reading().lastSuccess);
  CHECK(reading().since == clock.now());
  jobs.started(id, 0);
  jobs.failed(id, Error{Error::Kind::diskFull, "full", Party::storage}, 1s);
  CHECK_FALSE(reading().lastSuccess);
  CHECK(reading().party == Party::storage);
  CHECK(reading().error == "disk_full");
  jobs.started(id, 0);
  jobs.succeeded(id, 1s);
  CHECK(reading().lastSuccess == clock.now());
}
