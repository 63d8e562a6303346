// check_scopes: says in plain words what the key may not do, and what stops working without it.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "sendgrid/scopes.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Everything that the account's part of the YAML asks for.
std::vector<sendgrid::Feature> wantedFeatures(const config::Account& account);

/// One log line a missing scope, and one when all are there.
runtime::Task<JobOutcome> checkScopes(Owners& owners, sendgrid::Client& client,
                                      std::vector<sendgrid::Feature> wanted, Language language);

}  // namespace arrivald::watch
