// composeIncident: a notice about an incident → a message. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "base/language.hpp"
#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

Notification composeIncident(const incidents::Notice& notice, const IncidentContext& context,
                             Language language);

/// Says in a notification in an alert's own words as which incident it is notified.
void markIncident(Notification& notification, std::int64_t number, Language language);

/// Says in a notification of an alert's end that incident `number` goes on by the alerts `goOn`: a part of it
/// is over, and it has not recovered. To be called before markIncident().
void markPart(Notification& notification, std::span<const rules::AlertKey> goOn, std::int64_t number,
              Language language);

/// In one line that somebody takes care of it, as `context.acknowledged` says, or that nobody does any more.
Notification composeAcknowledged(const incidents::Incident& incident, const IncidentContext& context,
                                 Language language);
/// Who takes care of it and until when, as `context.acknowledged` says; empty: nobody.
std::string acknowledgedWords(const IncidentContext& context, Language language);

/// The incident as it stands, for pages and commands: in the words that a notice of now would have.
Notification describeIncident(const incidents::Incident& incident, const IncidentContext& context,
                              Language language);

}  // namespace arrivald::notify
