// incident_side: whose side an incident's cause is on: one side for all of its notifications. Pure.
#pragma once

#include "notify/incident_context.hpp"
#include "notify/side.hpp"

namespace arrivald::notify {

/// By the kind that the root names, else by the replies and receivers, as sideOf() decides of an alert about
/// the root's mail.
Side sideOf(const incidents::Incident& incident, const IncidentContext& context);

/// As if an alert had fired for the root's mail: what is known around alerts is asked with it.
rules::Change changeAbout(const incidents::Incident& incident);

/// The root's only cause of failure; nothing if it names none, several, or one that says nothing.
std::optional<causes::Class> namedCause(const incidents::Root& root);

}  // namespace arrivald::notify
