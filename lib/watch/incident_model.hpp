// incident_model: an incident as pages and commands show it. Pure: what it needs is given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notify/incident_context.hpp"
#include "pages/incident_page.hpp"
#include "rules/alert.hpp"

namespace arrivald::watch {

/// What is known around an incident.
struct IncidentAround {
  notify::IncidentContext context;
  /// Of Mail::minutes(): the root's mail of the last minutes, the last of which is that of `context`'s now.
  std::vector<incidents::Numbers> minutes = {};
  std::vector<rules::Alert> alerts = {};                    ///< of them its members are shown
  std::vector<pages::IncidentPage::Message> messages = {};  ///< that were sent, newest first
};

/// Open ones first, each by number, the last first; then those that ended, the last first; at most `max`.
std::vector<const incidents::Incident*> shownIncidents(const std::vector<incidents::Incident>& incidents,
                                                       std::size_t max);

pages::IncidentRow incidentRow(const incidents::Incident& incident, const notify::IncidentContext& context,
                               Language language);
/// Without `version` and `deskUrl`; links lead to the desk at `deskUrl`, if it is not empty.
pages::IncidentPage incidentPage(const incidents::Incident& incident, const IncidentAround& around,
                                 const std::string& deskUrl, Language language);

/// The answer of /api/incidents: `language`, `time_zone`, `now` and `incidents`.
std::string toJson(const std::vector<pages::IncidentRow>& rows, Language language, const TimeZone& zone,
                   Instant now);
/// The answer of /api/incident: the page's content.
std::string toJson(const pages::IncidentPage& page);

}  // namespace arrivald::watch
