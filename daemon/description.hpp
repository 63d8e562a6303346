// description: a configuration in words, for `arrivald check`.
#pragma once

#include <string>

#include "config/config.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

/// The schedules, rules, channels and routes, as if the daemon started `now`. Contains no secret.
std::string describe(const config::Config& config, Instant now, Language language);

/// When a rule fires: "drop rate over 30 min is above 5 % (critical); …".
std::string conditionOf(const rules::Rule& rule, const notify::Catalogue& words);

/// Where a secret is kept, as config::SecretValue::place names it.
std::string placeOf(const config::SecretValue& secret, const notify::Catalogue& words);

}  // namespace arrivald
