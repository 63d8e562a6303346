// explain_alerts: why rules fire or do not fire now, with their numbers. Loop thread only.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// A text that shows why the rules of that name (all, if empty) do or do not fire now, with their numbers;
/// for one subject if `subject` is not empty. Error::Kind::notFound lists the existing names.
Result<std::string> explainAlerts(const Owners& owners, const config::Config& config, const std::string& rule,
                                  const std::string& subject);

}  // namespace arrivald::watch
