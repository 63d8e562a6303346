// readiness: whether the daemon does its work, in a line.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// When the account's statistics were last read in this run.
std::optional<Instant> lastRead(const Jobs& jobs, const std::string& account);

/// Nothing, or why the daemon is not ready.
std::optional<std::string> notReady(Owners& owners, const config::Config& config);

/// One line for the service manager: "1 alerts firing; 2 accounts, last read at 2026-11-25 10:04".
std::string statusLine(Owners& owners, const config::Config& config);

}  // namespace arrivald::watch
