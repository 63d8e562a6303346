// The state machine of alerts: how an evaluation changes an alert.
//
//   inactive → pending → firing ⇄ recovering → resolved → pending → …
#pragma once

#include "rules/evaluate.hpp"

namespace arrivald::rules {

/// Applies one evaluation to `alert`. Transitions only; notify() decides what is notified.
void advance(Alert& alert, const Rule& rule, const Evaluation& evaluation, Instant now);

/// The change of `alert` to notify now, if any; marks it as notified. Requires `mutedBy` to be set.
std::optional<Change> notify(Alert& alert, const Facts& facts, Instant now, const NotificationTiming& timing);

/// The change that closes an alert whose rule or subject was removed; nothing if it was never notified or is
/// over.
std::optional<Change> close(Alert& alert, Reason::Why why, Instant now);

/// The change that tells of an alert that lateAlert() found.
Change tellLate(Alert& alert, const Facts& facts, Instant now);

/// When the reminder after `notified` reminders is due.
Instant reminderAfter(int notified, Instant firedAt, Instant now, const NotificationTiming& timing);

}  // namespace arrivald::rules
