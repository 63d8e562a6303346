// Retention: how long the desk keeps what it stores, and the task that forgets the rest.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "desk/look_ups.hpp"
#include "desk/record.hpp"
#include "desk/releases.hpp"
#include "runtime/task.hpp"
#include "store/database.hpp"
#include "watch/suppression_lists.hpp"

namespace arrivald::desk {

/// What forgets, and after how long; all outlive the task.
struct Retention {
  config::DeskKeep keep;
  store::Database& database;
  watch::SuppressionLists& lists;
  Releases& releases;
  Record& record;
  LookUps& lookUps;
};

/// The time by which ages are told: a clock that is set years ahead does not take years of the record with it
/// before somebody sets it right. Pure.
Instant nextBelieved(std::optional<Instant> former, Instant now);
/// Moves the stored time on; call it once an hour.
Result<Instant> moveBelieved(const Retention& retention, Instant now);

/// Forgets some of what was over for longer than it is kept, at the time that is believed. Returns whether
/// any may be left.
Result<bool> prune(const Retention& retention, Instant believed);

/// Endless: some at a time every hour, so that the loop is not held. Ends by cancellation. `report`: of what
/// the store refuses.
runtime::Task<> keepPruning(Retention retention, Clock& clock, void (*report)(const Error&));

}  // namespace arrivald::desk
