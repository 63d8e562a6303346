// incidents_text: the daemon's answers to /api/incidents and /api/incident as text. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace arrivald {

/// Open incidents with what to do, then the last that ended, a line each; in the language of the answer.
/// Nothing in it controls the terminal.
std::string incidentsText(const nlohmann::ordered_json& answer);
/// One incident: how it stands, its course, who is hit, its alerts and its messages.
std::string incidentText(const nlohmann::ordered_json& answer);

}  // namespace arrivald
