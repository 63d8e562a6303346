// planIncidents: notices about incidents → which notification goes to which channel. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"
#include "notify/plan.hpp"

namespace arrivald::notify {

/// A notice and what is known around it; `context.id` is set by planIncidents().
struct NoticeContext {
  incidents::Notice notice;
  IncidentContext context;
};

/// Unique, and the same if followed again from the same stored state; up to the dot that of all notices since
/// it was opened, so that the outbox replaces older ones that are late:
/// "incident-128@main#1764046800000.1764047100000-worse".
std::string idOf(const incidents::Notice& notice);

/// "incident-128@main": the same of all its notices.
std::string conversationOf(const incidents::Incident& incident);

/// That somebody takes care of an incident, as `context.acknowledged` says, or nobody any more: to where it
/// was notified; nothing if it was not.
std::vector<PlannedNotification> planAcknowledged(const incidents::Incident& incident,
                                                  const IncidentContext& context,
                                                  const PlanSettings& settings);

/// By channel, in the order of `settings.channels`; of one channel in the order of the notices. Routes choose
/// by the gravest severity that was notified, and by the rule of the incident's gravest alert.
std::vector<PlannedNotification> planIncidents(std::span<const NoticeContext> notices,
                                               const PlanSettings& settings);

}  // namespace arrivald::notify
