// check_stream_settings: holds the event stream's settings at the provider against what the YAML expects.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// "disabled", "missing", "signature", "key" and names of event types, with commas between; empty if all is
/// well.
std::string wrongSettings(const config::AccountEvents& wanted,
                          const std::vector<sendgrid::EventWebhookSettings>& found,
                          const std::optional<std::string>& key);
/// Of several that post to our address, one that is switched on; nullptr if none does.
const sendgrid::EventWebhookSettings* ours(const config::AccountEvents& wanted,
                                           const std::vector<sendgrid::EventWebhookSettings>& found);

/// The account must have events with a url.
runtime::Task<JobOutcome> checkStreamSettings(Owners& owners, sendgrid::Client& client,
                                              const config::Account& account);

}  // namespace arrivald::watch
