// apart: what is notified of each alert: by itself, or with the incident that it is a part of.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "incidents/follow.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::incidents {

/// To be called before follow(): sets those alerts apart that have been notified by themselves. They stay so
/// until they end. `changes` are those of the same evaluation as `alerts`.
void setApart(Followed& state, std::span<const rules::Alert> alerts, std::span<const rules::Change> changes);

/// A change of an alert that is notified in its own words.
struct Apart {
  rules::Change change;
  std::int64_t number = 0;  ///< of the incident that it is notified as; 0: of none
  /// Of an alert that has ended: those by which its incident goes on; none: the incident is over, too.
  std::vector<rules::AlertKey> goOn = {};
};

/// Of the changes, those that are notified in their own words: of alerts whose incident is notified by them,
/// that are apart, or that no incident has or waits for. Reminders of what somebody takes care of are left
/// out. What `silences` match is left out too, but for the end of what had been notified; what still fires
/// when they end is notified as if it fired then. `before` is the state before follow(), `after` the one
/// after it, from which alerts that have ended are removed, and whose incidents are marked as notified.
///
/// An alert may have fired long before it is placed: while it waited, or as a part of an incident that has
/// ended. So where no change says that an incident of alerts is open, one is made: its gravest alert fires,
/// as of now. Likewise of an alert that goes on long after its incident, of which nobody was notified, ended;
/// that alert is apart from then on.
std::vector<Apart> notifiedApart(const Followed& before, Followed& after,
                                 std::span<const rules::Alert> alerts, std::span<const rules::Change> changes,
                                 Instant now, std::span<const Silence> silences = {});

/// Ends the incidents of an account whose mail is not known any more: nobody can tell whether they are over.
/// Their alerts are notified by themselves from then on.
std::vector<Change> release(Followed& state, std::string_view account, Instant now);

}  // namespace arrivald::incidents
