#include "daemon/desk_memory.hpp"

#include "daemon/desk_state.hpp"
#include "desk/digest_sender.hpp"

namespace arrivald {

DeskMemory::DeskMemory(DeskState& state, watch::Owners& owners) : state_(state), owners_(owners) {
  owners_.join(*this);
}

DeskMemory::~DeskMemory() { owners_.leave(*this); }

void DeskMemory::load() {
  state_.sessions.load();
  state_.throttle.load();
}

void DeskMemory::shift(Duration step) {
  state_.sessions.shift(step);
  state_.throttle.shift(step);
  state_.forms.shift(step);
}

void DeskMemory::storeShift(Duration step) {
  state_.sessions.storeShift(step);
  state_.throttle.storeShift(step);
  state_.selections.storeShift(step);
  state_.releases.storeShift(step);
  state_.lookUps.storeShift(step);
  desk::DigestSender::storeShift(owners_.database(), step);
}

}  // namespace arrivald
