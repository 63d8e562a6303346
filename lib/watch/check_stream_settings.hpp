// check_stream_settings: compares the event webhook's settings at the provider with the configuration. Runs
// on the loop's thread; what it takes by reference must outlive the task.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The defects, separated by commas: "disabled", "missing", "signature", "key" and names of missing event
/// types. Empty if the settings are correct.
std::string wrongSettings(const config::AccountEvents& wanted,
                          const std::vector<sendgrid::EventWebhookSettings>& found,
                          const std::optional<std::string>& key);
/// The webhook that posts to the configured URL, an enabled one if there are several; nullptr if none does.
const sendgrid::EventWebhookSettings* ours(const config::AccountEvents& wanted,
                                           const std::vector<sendgrid::EventWebhookSettings>& found);

/// Requires an account with events.url.
runtime::Task<JobOutcome> checkStreamSettings(Owners& owners, sendgrid::Client& client,
                                              const config::Account& account);

}  // namespace arrivald::watch
