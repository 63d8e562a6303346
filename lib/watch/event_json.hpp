// event_json: found events as JSON, for /api and `arrivald trace`. Owns nothing; any thread.
#pragma once

#include <string>
#include <vector>

#include "watch/event_query.hpp"

namespace arrivald::watch {

/// {"asked": …, "complete": …, "events": […]}, or {"error": …}. Invalid UTF-8 is replaced.
std::string foundEventsJson(const EventFilter& filter, const Result<FoundEvents>& found);
/// {"malformed_events": […]}, likewise.
std::string malformedEventsJson(const Result<std::vector<store::MalformedEvent>>& events);

}  // namespace arrivald::watch
