// incidents_json: incidents as JSON, for programs and commands. Loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Those that go on first, then those that have ended, of each the latest first.
std::vector<const incidents::Incident*> inOrder(const incidents::Followed& followed);
/// Says that there is none of that number.
Error noIncident(std::int64_t number);

/// {"incidents": […]}: those that go on first, then the latest that ended. Times are RFC 3339; the headline
/// is in `language`.
std::string incidentsJson(const Owners& owners, const config::Config& config, Language language);
/// One of them with its members, what it affected, its course by hours and its notifications.
/// Error::Kind::notFound if there is none of that number.
Result<std::string> incidentJson(const Owners& owners, const config::Config& config, std::int64_t number,
                                 Language language);

}  // namespace arrivald::watch
