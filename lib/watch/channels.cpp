#include "watch/channels.hpp"

#include "slack/webhook.hpp"

namespace arrivald::watch {

Channels makeChannels(const config::Config& config, http::Transport& transport) {
  Channels channels;
  for (const auto& each : config.channels) {
    slack::WebhookOptions options;
    options.name = each.name;
    options.language = languageOf(config, each);
    options.address = each.webhook.secret;
    options.mentions = each.mention;
    channels.push_back(std::make_unique<slack::WebhookChannel>(transport, std::move(options)));
  }
  return channels;
}

Language languageOf(const config::Config& config, const config::Channel& channel) {
  return channel.language.value_or(config.language);
}

}  // namespace arrivald::watch
