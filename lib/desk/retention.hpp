// Retention: how long the desk keeps what it stores, and the task that forgets the rest.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "desk/look_ups.hpp"
#include "desk/record.hpp"
#include "desk/releases.hpp"
#include "runtime/task.hpp"
#include "store/database.hpp"
#include "watch/suppression_lists.hpp"

namespace arrivald::desk {

/// The record, and with it finished releases: also how long a second release is known to be one.
inline constexpr Duration kRecordKept = std::chrono::days(2 * 365);

/// What forgets; all outlive the task.
struct Retention {
  store::Database& database;
  watch::SuppressionLists& lists;
  Releases& releases;
  Record& record;
  LookUps& lookUps;
};

/// Until when the desk may have forgotten what it kept: a clock that is set years ahead does not take years
/// of the record with it before somebody sets it right. Pure.
Instant nextHorizon(std::optional<Instant> former, Instant now);
/// Moves the stored horizon on; call it once an hour. Returns how long things are kept by it.
Result<Duration> moveHorizon(const Retention& retention, Instant now);

/// Forgets some of what has been kept for longer. Returns whether any may be left.
Result<bool> prune(const Retention& retention, Duration kept);

/// Endless: some at a time every hour, so that the loop is not held. Ends by cancellation. `report`: of what
/// the store refuses.
runtime::Task<> keepPruning(Retention retention, Clock& clock, void (*report)(const Error&));

}  // namespace arrivald::desk
