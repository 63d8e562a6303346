// composeIncident: a notice about an incident → a message. Pure.
#pragma once

#include "base/language.hpp"
#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

Notification composeIncident(const incidents::Notice& notice, const IncidentContext& context,
                             Language language);

}  // namespace arrivald::notify
