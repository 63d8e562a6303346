// composeIncident: a notice about an incident → a message. Pure.
#pragma once

#include "base/language.hpp"
#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

Notification composeIncident(const incidents::Notice& notice, const IncidentContext& context,
                             Language language);

/// Says in a notification in an alert's own words as which incident it is notified.
void markIncident(Notification& notification, std::int64_t number, Language language);

/// In one line that somebody takes care of it, as `context.acknowledged` says, or that nobody does any more.
Notification composeAcknowledged(const incidents::Incident& incident, const IncidentContext& context,
                                 Language language);

/// The incident as it stands, for pages and commands: in the words that a notice of now would have.
Notification describeIncident(const incidents::Incident& incident, const IncidentContext& context,
                              Language language);

}  // namespace arrivald::notify
