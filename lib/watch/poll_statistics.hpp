// poll_statistics: reads one kind of statistics of one account and books it.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Days before today that an ordinary poll asks for: late mail still moves them.
inline constexpr int kUsualDays = 3;
/// And that the daily re-read asks for.
inline constexpr int kHistoryDays = 30;

/// The account's own statistics.
runtime::Task<JobOutcome> pollStatistics(Owners& owners, sendgrid::Client& client, int daysBack);
runtime::Task<JobOutcome> pollMailboxProviders(Owners& owners, sendgrid::Client& client);
/// Finds the names anew where `selection` says so, then reads them.
runtime::Task<JobOutcome> pollCategories(Owners& owners, sendgrid::Client& client,
                                         config::Selection selection);
runtime::Task<JobOutcome> pollSubusers(Owners& owners, sendgrid::Client& client, config::Selection selection);

}  // namespace arrivald::watch
