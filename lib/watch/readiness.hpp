// readiness: whether the daemon works, in one line. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// When this process last read the account's statistics.
std::optional<Instant> lastRead(const Jobs& jobs, const std::string& account);

/// Why nothing would fire, whatever happened: the rules have failed for minutes. Empty: they are judged.
std::string troubleOfRules(const Owners& owners);

/// Why the daemon is not ready, or nothing if it is.
std::optional<std::string> notReady(const Owners& owners, const config::Config& config);

/// One line for the service manager: "1 alerts firing; 2 accounts, last read at 2026-11-25 10:04".
std::string statusLine(const Owners& owners, const config::Config& config);

}  // namespace arrivald::watch
