// The state machine: what a look means for an alert, given what was before.
//
//   inactive → pending → firing ⇄ recovering → resolved → pending → …
#pragma once

#include "rules/evaluate.hpp"

namespace arrivald::rules {

/// Moves `alert` on by one look. Transitions only; what is told about them is decided by tell().
void advance(Alert& alert, const Rule& rule, const Evaluation& evaluation, Instant now);

/// What there is to tell about `alert` now, at most one change; marks it as told. `mutedBy` is set already.
std::optional<Change> notify(Alert& alert, const Facts& facts, Instant now, const NotificationTiming& timing);

/// The last word about an alert whose rule or subject is gone; nothing if it was never told or is over.
std::optional<Change> close(Alert& alert, Reason::Why why, Instant now);

/// When the reminder after `notified` reminders is due.
Instant reminderAfter(int notified, Instant firedAt, Instant now, const NotificationTiming& timing);

}  // namespace arrivald::rules
