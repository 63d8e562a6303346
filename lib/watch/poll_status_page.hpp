// poll_status_page: reads the provider's public status page. Runs on the loop's thread; what it takes by
// reference must outlive the task.
#pragma once

#include "statuspage/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

runtime::Task<JobOutcome> pollStatusPage(Owners& owners, statuspage::Client& client);

}  // namespace arrivald::watch
