#include "watch/owners.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {

Owners::Owners(Environment environment)
    : environment_(std::move(environment)),
      steps_(environment_.database, environment_.clock),
      statistics_(environment_.database, environment_.registry, environment_.health, steps_),
      lists_(environment_.database, environment_.clock, environment_.registry, causes_),
      events_(environment_.executor, environment_.database, environment_.clock, environment_.registry,
              environment_.health, statistics_, causes_),
      outbox_(environment_.database, environment_.clock, environment_.registry),
      alerts_(environment_.database, outbox_, environment_.health),
      jobs_(environment_.clock, environment_.registry),
      provider_(environment_.registry) {}

std::array<Owner*, 9> Owners::all() {
  return {&statistics_, &causes_, &lists_, &events_, &outbox_, &alerts_, &profiles_, &provider_, &scopes_};
}

Done Owners::load() {
  Duration ahead{};
  const auto read = environment_.database.read([&] {
    for (auto* owner : all()) owner->load();
    ahead = steps_.aheadOfClock();
  });
  if (!read) return read;
  if (ahead > Duration{}) {
    log::warning("the clock was set back since the last run; stored times move with it",
                 {{"by", toText(std::chrono::floor<std::chrono::seconds>(ahead))}});
    move(-ahead);
  }
  return done();
}

void Owners::retain(const config::Config& configuration) {
  for (auto* owner : all()) owner->retain(configuration);
}

void Owners::noticeClockStep() {
  jobs_.noticeSuspend();
  storeMissedSteps();
  const auto step = steps_.observe();
  if (step == Duration{}) return;
  log::warning(
      "the wall clock was set; windows and alerts move with it",
      {{"by", toText(std::chrono::abs(step))}, {"direction", step > Duration{} ? "forward" : "back"}});
  environment_.registry.clockStepped(step);
  environment_.started += step;
  jobs_.shift(step);
  move(step);
}

void Owners::move(Duration step) {
  for (auto* owner : all()) owner->shift(step);
  const auto stored = environment_.database.transact([&] {
    for (auto* owner : all()) owner->storeShift(step);
    steps_.remember(environment_.clock.now());
  });
  environment_.health.record("clock step", stored);
  if (stored) return;
  for (auto* owner : all())
    if (auto* behind = owner->storeMissed()) steps_.missed(*behind, step);
  log::error("the step of the clock could not be stored and is stored later: " + stored.error().text);
}

void Owners::storeMissedSteps() {
  if (!steps_.anyMissed()) return;
  const auto stored = environment_.database.transact([&] { steps_.storeMissed(); });
  environment_.health.record("clock step", stored);
  if (stored) steps_.caughtUp();
}

const delivery::Series* Owners::series(const delivery::Subject& subject) const {
  const auto* streamed = events_.counts().windows().find(subject);
  if (streamed && events_.status().alive(subject.account, environment_.clock.now())) return streamed;
  const auto* read = statistics_.windows().find(subject);
  return read ? read : streamed;
}

}  // namespace arrivald::watch
