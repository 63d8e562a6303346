// explain_alerts: why rules fire or do not fire now, in numbers.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Why the rules of that name (all, if empty) do or do not fire now, with their numbers, as text; for one
/// subject if `subject` is not empty. Error::Kind::notFound names what there is.
Result<std::string> explainAlerts(Owners& owners, const config::Config& config, const std::string& rule,
                                  const std::string& subject);

}  // namespace arrivald::watch
