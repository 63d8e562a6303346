#include "watch/job.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/backoff.hpp"
#include "base/timetable.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

namespace asio = boost::asio;
using runtime::Task;

// Rounded to whole seconds for the log.
std::string roughly(Duration wait) {
  return toText(std::max<Duration>(std::chrono::round<std::chrono::seconds>(wait), std::chrono::seconds(1)));
}

void logSuccess(const TaskId& id, int failures) {
  if (failures > 0)
    log::info(fmt::format("{} works again", id.task),
              {{"account", id.account}, {"after_failures", std::to_string(failures)}});
  else
    log::debug(fmt::format("{} ran", id.task), {{"account", id.account}});
}

// Each kind of failure is logged once at its level, and once more when it needs somebody to act; repetitions
// are logged at level debug.
void logFailure(const TaskId& id, const Error& error, const NextTry& next, const JobState* before,
                bool wasCertain) {
  const bool isNews = !before || !before->error || before->error->kind != error.kind ||
                      before->error->party != error.party || (next.needsPeople && !wasCertain);
  const auto level = !isNews ? log::Level::debug : next.needsPeople ? log::Level::error : log::Level::warning;
  log::write(level, fmt::format("{} failed: {}; trying again in {}", id.task, error.text, roughly(next.wait)),
             {{"account", id.account},
              {"party", std::string(name(error.party))},
              {"error", std::string(name(error.kind))}});
}

// The body's outcome; an exception becomes an outcome, too.
Task<JobOutcome> outcomeOf(const std::function<Task<JobOutcome>()>& body) {
  JobOutcome outcome;
  try {
    outcome = co_await body();
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    outcome = Error{Error::Kind::bug,
                    fmt::format("an unexpected error, please report it: {}",
                                what.empty() ? "an exception without words" : what),
                    Party::internal};
  }
  co_return std::move(outcome);
}

// Whose side the last run failed on, and when by the monotonic clock.
struct LastFailure {
  Party side;
  Duration at{};
};

// After a failure also until another task that had failed alike works: waiting on would tell for a quarter of
// an hour more that this one cannot read.
Task<> waitUntilDue(Owners& owners, const TaskId& id, Timetable& timetable,
                    std::optional<LastFailure> failure) {
  auto& clock = owners.clock();
  for (;;) {
    const auto now = momentOf(clock);
    const auto left = timetable.left(now);
    if (!left || (failure && owners.jobs().worksAgain(id, failure->side, failure->at))) co_return;
    owners.jobs().planned(id, timetable.next(now));
    co_await runtime::waitAtMost(clock, *left);
  }
}

BackoffLimits limitsFor(Duration period) {
  BackoffLimits limits;
  limits.max = std::clamp<Duration>(period * 2, std::chrono::minutes(1), std::chrono::minutes(10));
  return limits;
}

}  // namespace

Error notStored(Error error) {
  // Of what is read "not found" is an address of SendGrid's; here it is our own file.
  if (error.kind == Error::Kind::notFound) error.kind = Error::Kind::storage;
  error.say(phrase("what was read could not be stored: {}", error.said()));
  error.party = Party::storage;
  return error;
}

Task<> runJob(Owners& owners, Random& random, JobPlan plan, std::function<Task<JobOutcome>()> body) {
  return runJob(owners, random, std::move(plan), std::move(body), [] { return std::nullopt; });
}

Task<> runJob(Owners& owners, Random& random, JobPlan plan, std::function<Task<JobOutcome>()> body,
              RunSoon soon) {
  auto& clock = owners.clock();
  auto& jobs = owners.jobs();
  const TaskId id = plan.id();
  const auto period = plan.schedule.period(clock.now());
  jobs.added(id, period, plan.asks);
  Backoff backoff(limitsFor(period));
  bool certain = false;
  std::optional<LastFailure> failure;
  Timetable timetable(plan.schedule);
  if (plan.atStart)
    timetable.dueAtOnce(momentOf(clock));
  else
    timetable.dueBySchedule(momentOf(clock), random());
  for (;;) {
    co_await waitUntilDue(owners, id, timetable, failure);
    owners.noticeClockStep();
    const auto begun = momentOf(clock);
    jobs.started(id, timetable.started(begun));
    auto outcome = co_await outcomeOf(body);
    const auto now = momentOf(clock);
    const auto took = now.boot - begun.boot;
    // Not in a coroutine: its await would throw.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
    // A success counts even if cancelled meanwhile; a failure then is caused by the cancellation.
    if (outcome && (cancelled || outcome->kind == Error::Kind::cancelled)) {
      jobs.stopped(id);
      co_return;
    }
    if (!outcome) {
      backoff.succeeded();
      failure.reset();
      certain = false;
      logSuccess(id, jobs.succeeded(id, took));
      if (cancelled) co_return;
      const auto wait = soon();
      if (wait && *wait < period)
        timetable.tryAgain(now, *wait);
      else
        timetable.ended(now, random());
      continue;
    }
    const auto next = backoff.failed(*outcome, random());
    logFailure(id, *outcome, next, jobs.at(plan.account, plan.kind), certain);
    certain = next.needsPeople;
    failure = LastFailure{outcome->party, now.boot};
    jobs.failed(id, std::move(*outcome), took);
    timetable.tryAgain(now, next.wait);
  }
}

}  // namespace arrivald::watch
