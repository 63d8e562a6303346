// Owner: one piece of what the daemon remembers between two configurations and over a restart.
#pragma once

#include "base/instant.hpp"
#include "config/config.hpp"

namespace arrivald::watch {

/// Holds the memory, the table and the invariants between them; nobody else writes either. Loop thread only.
class Owner {
 public:
  Owner() = default;
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  virtual ~Owner() = default;

  /// Reads back what was stored. Called once, inside Database::read: throws store::SqlError.
  virtual void load() {}
  /// Forgets what `configuration` no longer names, and begins with what it names anew. Called after load()
  /// and at each reload. Never fails: what the store refuses is logged and tried again.
  virtual void retain(const config::Config& configuration) { static_cast<void>(configuration); }
  /// The wall clock was set by `step`: what is remembered moves with it, so that ages stay what they were.
  virtual void shift(Duration step) { static_cast<void>(step); }
  /// The same for what is stored, inside the transaction of all owners: throws store::SqlError.
  virtual void storeShift(Duration step) { static_cast<void>(step); }
  /// The transaction of storeShift() failed: memory is ahead of the store.
  virtual void storeMissed() {}
};

}  // namespace arrivald::watch
