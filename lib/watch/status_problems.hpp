// status_problems: what is wrong now, in sentences, for `arrivald status` and monitoring. Owns nothing; loop
// thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct StatusProblem {
  rules::Severity severity = rules::Severity::warning;  ///< info: worth knowing, nothing to do about it yet
  std::string text;  ///< in the configuration's language; contains no address and no secret
};

/// Worst first.
std::vector<StatusProblem> problemsOf(const Owners& owners, const config::Config& config);

/// "critical" and "warning" by the worst problem; "unknown" while nothing is known yet to be wrong or well;
/// else "ok".
std::string_view stateOf(const std::vector<StatusProblem>& problems, const Owners& owners,
                         const config::Config& config);

}  // namespace arrivald::watch
