// incidents_text: incidents as lines for `arrivald incidents` and `arrivald incident`. Loop thread only.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// A line each, in the order of incidentsJson().
std::string incidentsText(const Owners& owners, const config::Config& config, Language language);
/// Error::Kind::notFound if there is none of that number.
Result<std::string> incidentText(const Owners& owners, const config::Config& config, std::int64_t number,
                                 Language language);

}  // namespace arrivald::watch
