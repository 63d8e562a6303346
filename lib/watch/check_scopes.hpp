// check_scopes: reports which scopes an API key lacks, and what does not work without them. Runs on the
// loop's thread; what it takes by reference must outlive the task.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "sendgrid/scopes.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The features that the account's configuration needs.
std::vector<sendgrid::Feature> wantedFeatures(const config::Account& account);

/// Logs one line per missing scope, or one if none is missing.
runtime::Task<JobOutcome> checkScopes(Owners& owners, sendgrid::Client& client,
                                      std::vector<sendgrid::Feature> wanted);

}  // namespace arrivald::watch
