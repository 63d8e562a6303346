// poll_suppressions: reads the suppression lists of one account. Runs on the loop's thread; what it
// takes by reference must outlive the task.
#pragma once

#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Reads the entries of all lists created since the last read, with an overlap; of unsubscribe groups, which
/// cannot be asked so, all while they are few. Reads nothing before the first crawl.
runtime::Task<JobOutcome> pollSuppressions(Owners& owners, sendgrid::Client& client);

/// Crawls every entry of every list and marks missing ones as removed. A crawl that is incomplete, or whose
/// pages shifted while they were read, removes nothing.
runtime::Task<JobOutcome> crawlSuppressions(Owners& owners, sendgrid::Client& client);

}  // namespace arrivald::watch
