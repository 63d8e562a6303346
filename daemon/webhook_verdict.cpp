#include "daemon/webhook_verdict.hpp"

#include "notify/kind_words.hpp"
#include "watch/check_stream_settings.hpp"

namespace arrivald {

WebhookVerdict webhookVerdict(const config::AccountEvents& wanted,
                              const std::vector<sendgrid::EventWebhookSettings>& found, const WebhookKey& key,
                              const notify::Catalogue& words) {
  auto wrong = watch::wrongSettings(wanted, found, key.key);
  const bool isUnsigned = key.key && key.key->empty();
  // Without keys in the configuration nothing is compared; what is not signed is refused all the same.
  if (isUnsigned && wanted.publicKeys.empty() && !wanted.acceptUnsigned)
    wrong += wrong.empty() ? "signature" : ",signature";
  if (!wrong.empty()) {
    auto text = words.text("webhook.wrong", {{"wrong", notify::settingsWords(wrong, words)}});
    if (!key.key) text += "\n" + words.text("webhook.key_unknown", {{"why", key.whyUnknown}});
    return {std::move(text), false};
  }
  if (!key.key) return {words.text("webhook.well_but_unknown", {{"why", key.whyUnknown}}), false};
  if (isUnsigned) return {words.text("webhook.well_unsigned"), true};
  return {words.text(wanted.publicKeys.empty() ? "webhook.well_but_key" : "webhook.well"), true};
}

}  // namespace arrivald
