// poll_statistics: reads one kind of statistics of one account and aggregates it. Runs on the loop's thread;
// what it takes by reference must outlive the task.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Days before today that an ordinary poll requests, since late mail still changes them.
inline constexpr int kUsualDays = 3;
/// Days before today that the daily re-read requests.
inline constexpr int kHistoryDays = 30;

/// How soon to ask again for what the last answer of a source left doubtful; nothing if it did not.
std::optional<Duration> askAgainAfter(const Owners& owners, const delivery::Source& source);

/// The configured names, and of those `found` at the provider as many as the selection's limit; without
/// repetition.
std::vector<std::string> chosen(const config::Selection& selection, std::vector<std::string> found);

/// The account's own statistics.
runtime::Task<JobOutcome> pollStatistics(Owners& owners, sendgrid::Client& client, int daysBack);
runtime::Task<JobOutcome> pollMailboxProviders(Owners& owners, sendgrid::Client& client);
/// Discovers the names if `selection` asks for it, then reads their statistics.
runtime::Task<JobOutcome> pollCategories(Owners& owners, sendgrid::Client& client,
                                         config::Selection selection);
runtime::Task<JobOutcome> pollSubusers(Owners& owners, sendgrid::Client& client, config::Selection selection);

}  // namespace arrivald::watch
