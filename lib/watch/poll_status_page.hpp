// poll_status_page: reads the provider's public status page.
#pragma once

#include "statuspage/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

runtime::Task<JobOutcome> pollStatusPage(Owners& owners, statuspage::Client& client);

}  // namespace arrivald::watch
