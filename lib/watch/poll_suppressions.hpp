// poll_suppressions: keeps the five suppression lists of one account.
#pragma once

#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Entries created since the last read, with an overlap, of all lists. The first time nothing is read: the
/// crawl, which follows at once, brings everything.
runtime::Task<JobOutcome> pollSuppressions(Owners& owners, sendgrid::Client& client);

/// Every entry of every list; what is no longer there is marked as removed. A crawl that ends early removes
/// nothing.
runtime::Task<JobOutcome> crawlSuppressions(Owners& owners, sendgrid::Client& client);

}  // namespace arrivald::watch
