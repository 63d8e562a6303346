// explain_alerts: why rules fire or do not fire now, and what is remembered of their alerts, in sentences.
// Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Each part narrows; empty: all.
struct AlertQuestion {
  std::string name;                       ///< of anything: see notify::selectAlerts()
  std::string rule;                       ///< of a rule
  std::string subject;                    ///< "main", "main/category/x", "Gmail"
  std::optional<Language> language = {};  ///< nothing: that of the configuration
};

/// For each rule and subject: the verdict, its numbers, what is missing until it fires or why it cannot be
/// judged, and the present or last alert. What is wrong comes first. Error::Kind::notFound lists the names
/// there are.
Result<std::string> explainAlerts(const Owners& owners, const config::Config& config,
                                  const AlertQuestion& question);

}  // namespace arrivald::watch
