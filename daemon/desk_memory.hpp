// DeskMemory: what of the desk is loaded at the start, and moves with the wall clock.
#pragma once

#include "watch/owners.hpp"

namespace arrivald {

struct DeskState;

/// One of the owners for as long as it lives. Resource; loop thread only.
class DeskMemory final : public watch::Owner {
 public:
  DeskMemory(DeskState& state, watch::Owners& owners);
  DeskMemory(const DeskMemory&) = delete;
  DeskMemory& operator=(const DeskMemory&) = delete;
  ~DeskMemory() override;

  void load() override;
  /// Sessions, waits of log-ins, ticks, releases, the last digest and what is kept for a while move with the
  /// clock, so that their ages do not change.
  void shift(Duration step) override;
  void storeShift(Duration step) override;

 private:
  DeskState& state_;
  watch::Owners& owners_;
};

}  // namespace arrivald
