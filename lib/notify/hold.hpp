// hold: what waits until the office opens, and the one message that says it then. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "incidents/incident.hpp"
#include "notify/plan.hpp"

namespace arrivald::notify {

/// "incident-128@main", "stall@main": the same of all notifications of one incident or alert.
std::string conversationOf(std::string_view change);

/// Whether what was held for the channel waits no longer: one of the hours it waits for has begun, or no
/// route makes it wait any more.
bool isReleased(const incidents::Held& held, const PlanSettings& settings, Instant now);

/// Moves those that have to wait from `planned` into `held`, of which each conversation keeps the last; what
/// is notified at once ends the waiting of its conversation. Adds one notification for each channel of which
/// something waits no longer. Beyond incidents::kMaxHeld nothing waits.
std::vector<PlannedNotification> holdBack(std::vector<PlannedNotification> planned,
                                          std::vector<incidents::Held>& held, const PlanSettings& settings,
                                          Instant now);

/// Those that go on in full, those that are over in a line each; one alone is said as it is.
Notification composeHeld(const std::vector<Notification>& held, Instant since, const std::string& id,
                         Instant now, const TimeZone& zone, Language language);

}  // namespace arrivald::notify
