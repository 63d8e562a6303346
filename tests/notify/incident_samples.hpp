// Incidents as they happen, with what is known around them, for the tests of their texts.
#pragma once

#include <string>
#include <vector>

#include "incidents/notices.hpp"
#include "notify/incident_context.hpp"

namespace arrivald::testing {

struct IncidentSample {
  std::string name;  ///< "opened", "opened_stall", …: the file in golden/
  incidents::Notice notice;
  notify::IncidentContext context;
};

/// One of each kind of notice, and of each kind of incident its opening.
std::vector<IncidentSample> incidentSamples();

/// 2026-11-24 11:06 in Tokyo.
Instant incidentNow();

}  // namespace arrivald::testing
