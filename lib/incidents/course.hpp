// The course of an incident: when it began, how bad it is, whether it is over.
#pragma once

#include <optional>
#include <vector>

#include "incidents/sight.hpp"

namespace arrivald::incidents {

/// When the root's mail began to fail, and how much of it did since then.
struct Beginning {
  Instant at;
  Numbers since;
};
std::optional<Beginning> beginOf(const Mail& mail, const Root& root, Instant now);
/// When the root's mail began to fail, by estimate: the minute from which on its failures are likeliest to
/// exceed the usual. Nothing where minutes are not known or show nothing.
std::optional<Instant> beginningOf(const Mail& mail, const Root& root, Instant now);

/// When mail of an incident that looks over failed last, by estimate: the end of the last minute in which
/// much of it did. `now` where minutes are not known.
Instant endOf(const Incident& incident, const Mail& mail, Instant now);

/// Takes what was counted since its end out of what was affected. It is counted again if it goes on.
void uncountAfterEnd(Incident& incident, const Mail& mail, Instant now);

/// Brings numbers, the worst of 20 minutes, what was affected and the last bad mail up to date.
void measure(Incident& incident, Sight& sight);

/// Whether `share` is so much more than what an incident counted until its event stream stopped that its
/// numbers are of another time: then its alerts tell of it, in their own words.
bool isFarMore(double share, double counted);

/// Whether the failures of the last ten minutes are beyond the usual: clearly, so that it is bad again; or
/// likely, so that it is still bad.
enum class Doubt : std::uint8_t { clearly, likely };
bool isBad(const Incident& incident, Sight& sight, Doubt doubt);

/// How an incident's mail looks now.
enum class Outlook : std::uint8_t {
  undecided,
  over,
  mailEnded,  ///< there is no more of it: a mailing
};
/// Of incidents of mail that fails; `active`: whether any of its alerts is.
Outlook outlookOf(const Incident& incident, Sight& sight, bool active);
/// Of mail that waits.
Outlook outlookOfWaiting(const Incident& incident, Sight& sight, bool active);

}  // namespace arrivald::incidents
