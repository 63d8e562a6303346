// The stored form of incidents. Readers ignore unknown fields and leave missing ones at their defaults, so
// that newer and older versions can read each other's data.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "incidents/incident.hpp"

namespace arrivald::incidents {

/// One line of JSON; and back.
std::string toJson(const Incident& incident);
Result<Incident> incidentFromJson(std::string_view text);

/// Everything but the incidents themselves; and back into `followed`.
std::string restToJson(const Followed& followed);
Done restFromJson(std::string_view text, Followed& followed);

}  // namespace arrivald::incidents
