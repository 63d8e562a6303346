// poll_status_page: what the provider says about itself, to stand beside what we see.
#pragma once

#include "statuspage/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

runtime::Task<JobOutcome> pollStatusPage(Owners& owners, statuspage::Client& client);

}  // namespace arrivald::watch
