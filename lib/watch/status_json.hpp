// status_json: the answer of /api/status, for `arrivald status` and other programs. Owns nothing; loop thread
// only.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "watch/config_notices.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// One JSON object: problems, accounts, alerts, event streams, jobs, outbox. `notices`: of the
/// configuration. In the language of `config`. Contains
/// no address and no secret.
std::string statusJson(const Owners& owners, const config::Config& config, const std::string& version,
                       const ConfigNotices& notices = {});

}  // namespace arrivald::watch
