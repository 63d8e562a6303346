#include "watch/job.hpp"

#include <fmt/format.h>

#include "runtime/sleep.hpp"
#include "sendgrid/backoff.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

// The log wants whole seconds.
std::string roughly(Duration wait) {
  return toText(std::max<Duration>(std::chrono::round<std::chrono::seconds>(wait), std::chrono::seconds(1)));
}

void succeeded(State& state, JobState& job, Duration took, Instant now) {
  if (job.failuresInARow > 0)
    log::info(fmt::format("{} works again", job.name),
              {{"account", job.account}, {"after_failures", std::to_string(job.failuresInARow)}});
  job.failuresInARow = 0;
  job.errorKind.clear();
  job.errorText.clear();
  job.lastSuccess = now;
  state.registry().job(job.account, job.name).succeeded(took, now);
}

void failed(State& state, JobState& job, const sendgrid::Failure& failure, Duration took,
            const sendgrid::NextTry& next) {
  ++job.failuresInARow;
  const std::string kind(sendgrid::name(failure.kind));
  const bool isNews = job.errorKind != kind;
  job.errorKind = kind;
  job.errorText = failure.text;
  state.registry().job(job.account, job.name).failed(kind, took);
  const auto line =
      fmt::format("{} failed: {}; trying again in {}", job.name, failure.text, roughly(next.wait));
  // Every kind of trouble once at its level; its repetitions are for debugging.
  const auto level = !isNews ? log::Level::debug : next.needsPeople ? log::Level::error : log::Level::warning;
  log::write(level, line, {{"account", job.account}, {"error", kind}});
}

}  // namespace

sendgrid::Failure storeFailure(const Error& error) {
  return {sendgrid::Failure::Kind::serverError, "the answer could not be stored: " + error.text};
}

runtime::Task<> runJob(State& state, Random& random, JobPlan plan,
                       std::function<runtime::Task<JobOutcome>()> body) {
  auto& clock = state.clock();
  const auto period = plan.schedule.period(clock.now());
  {
    auto& job = state.job(plan.account, plan.name);
    job.period = period;
    job.running = false;
  }
  const auto max = std::clamp<Duration>(period * 2, std::chrono::minutes(1), std::chrono::minutes(10));
  sendgrid::Backoff backoff(std::chrono::seconds(5), max);
  if (!plan.atStart) {
    const auto first = plan.schedule.next(clock.now(), random());
    state.job(plan.account, plan.name).nextRun = first;
    co_await runtime::sleepUntil(clock, first);
  }
  for (;;) {
    const auto begun = clock.sinceBoot();
    state.noticeClockStep();
    {
      auto& job = state.job(plan.account, plan.name);
      job.running = true;
      job.lastRun = clock.now();
      job.nextRun.reset();
    }
    auto outcome = co_await body();
    // Looked up again: a reload may have changed what there is.
    auto& job = state.job(plan.account, plan.name);
    const auto now = clock.now();
    const auto took = clock.sinceBoot() - begun;
    job.running = false;
    job.took = took;
    if (!outcome) {
      backoff.succeeded();
      succeeded(state, job, took, now);
      if (plan.schedule.isCron()) {
        job.nextRun = plan.schedule.next(now, random());
        const auto due = *job.nextRun;
        co_await runtime::sleepUntil(clock, due);
      } else {
        // From the beginning of this run, so that the period does not grow by what the run takes.
        const auto wait =
            std::max<Duration>(plan.schedule.next(now, random()) - now - took, std::chrono::seconds(1));
        job.nextRun = now + wait;
        co_await runtime::sleepFor(clock, wait);
      }
      continue;
    }
    if (outcome->kind == sendgrid::Failure::Kind::cancelled) co_return;
    const auto next = backoff.failed(*outcome, now, random());
    failed(state, job, *outcome, took, next);
    job.nextRun = now + next.wait;
    const auto wait = next.wait;
    co_await runtime::sleepFor(clock, wait);
  }
}

}  // namespace arrivald::watch
