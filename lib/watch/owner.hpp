// Owner: one part of the state that the daemon keeps across reloads and restarts.
#pragma once

#include <vector>

#include "base/instant.hpp"
#include "config/config.hpp"

namespace arrivald::watch {

/// Holds the memory, the table and the invariants between them; only the owner writes them. Loop thread only.
class Owner {
 public:
  Owner() = default;
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  virtual ~Owner() = default;

  /// Loads the stored state. Called once, inside Database::read; throws store::SqlError.
  virtual void load() {}
  /// Removes what `configuration` no longer names and adds what is new in it. Called after load() and at each
  /// reload. Never fails: an error of the store is logged, and retainMissed() tries it again.
  virtual void retain(const config::Config& configuration) { static_cast<void>(configuration); }
  /// Stores what the last retain() could not store; does nothing where nothing is missing. Called every few
  /// seconds.
  virtual void retainMissed() {}
  /// The wall clock was set by `step`: moves all instants in memory, so that ages do not change.
  virtual void shift(Duration step) { static_cast<void>(step); }
  /// The same for the store, inside the transaction of all owners; throws store::SqlError.
  virtual void storeShift(Duration step) { static_cast<void>(step); }
  /// The transaction of storeShift() failed: memory is ahead of the store. Returns the owners whose
  /// storeShift() is to be called again, with all that was missed; none where everything is written anew with
  /// the next change.
  virtual std::vector<Owner*> shiftNotStored() { return {this}; }
  /// A store that could only be read can be written again: drops, or reads anew, what was read of it where
  /// that may differ.
  virtual void storeReopened() {}
  /// Stores what memory has and the store lacks, after writes were refused or lost. Returns whether the store
  /// has all of it now. Called before people are notified that it has.
  virtual bool storeMissing() { return true; }
};

}  // namespace arrivald::watch
