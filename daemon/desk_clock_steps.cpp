#include "daemon/desk_clock_steps.hpp"

#include "daemon/desk_state.hpp"
#include "desk/digest_sender.hpp"

namespace arrivald {

DeskClockSteps::DeskClockSteps(DeskState& state, store::Database& database, const Clock& clock)
    : state_(state), database_(database), clock_(clock) {
  detector_.observe(clock_);
}

void DeskClockSteps::notice() {
  const auto step = detector_.observe(clock_);
  missed_ += step;
  if (step != Duration{}) {
    state_.sessions.shift(step);
    state_.throttle.shift(step);
    state_.forms.shift(step);
    state_.lookUps.shift(step);
  }
  if (missed_ == Duration{}) return;
  // What the store refuses is tried again at the next call.
  const auto stored = database_.transact([this] {
    state_.sessions.storeShift(missed_);
    state_.throttle.storeShift(missed_);
    state_.selections.storeShift(missed_);
    desk::DigestSender::storeShift(database_, missed_);
  });
  if (stored) missed_ = Duration{};
}

}  // namespace arrivald
