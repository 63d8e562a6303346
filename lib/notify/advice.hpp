// advice: whose side an incident is on and which step follows, as a key that is stored with what was
// notified, so that another one is noticed. Pure.
#pragma once

#include <string_view>

#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"
#include "notify/side.hpp"

namespace arrivald::notify {

/// A key of side, causes, doubt and receiver. Founded is a side that replies or others than these name; "not
/// known yet" is, where replies deny what was said, not where there are none.
incidents::Advice adviceOf(const incidents::Incident& incident, const IncidentContext& context);

/// The side in a key of adviceOf(), also of an older version's: what is not known is left out.
Side sideOfAdvice(std::string_view key);

/// Whether it is not known yet whose side it is.
bool isOpen(const Side& side);

}  // namespace arrivald::notify
