// poll_standing: reads an account's credits and reputation. Runs on the loop's thread; what it takes by
// reference must outlive the task.
#pragma once

#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// What the key may not read, or the account does not have, is unknown and no failure: check_scopes says
/// which scope is missing.
runtime::Task<JobOutcome> pollStanding(Owners& owners, sendgrid::Client& client,
                                       const config::Account& account);

}  // namespace arrivald::watch
