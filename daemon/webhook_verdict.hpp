// webhookVerdict: what `arrivald webhook status` says in the end: whether the event webhook's settings at
// SendGrid are what this configuration demands, and what of it is not known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "notify/catalogue.hpp"
#include "sendgrid/decode.hpp"

namespace arrivald {

/// What SendGrid says of the key that a webhook signs with.
struct WebhookKey {
  std::optional<std::string> key;  ///< empty: it does not sign; nothing: that could not be read
  std::string whyUnknown;          ///< then the error, as text
};

struct WebhookVerdict {
  std::string text;
  bool isWell = false;  ///< nothing is wrong, and everything that is demanded is known
};
/// `found` has the webhook that posts to the account's address.
WebhookVerdict webhookVerdict(const config::AccountEvents& wanted,
                              const std::vector<sendgrid::EventWebhookSettings>& found, const WebhookKey& key,
                              const notify::Catalogue& words);

}  // namespace arrivald
