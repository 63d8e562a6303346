#include "watch/channels.hpp"

#include "slack/webhook.hpp"
#include "watch/remembered_mail.hpp"

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

notify::PlanSettings planSettingsOf(const config::Config& config) {
  notify::PlanSettings settings;
  settings.rules = config.rules;
  settings.zone = config.zone;
  settings.links = linksOf(config);
  for (const auto& route : config.routes)
    settings.routes.push_back({route.minSeverity, route.accounts, route.rules, route.labels, route.channels,
                               route.continueMatching});
  for (const auto& channel : config.channels)
    settings.channels.push_back({channel.name, languageOf(config, channel)});
  return settings;
}

}  // namespace arrivald::watch
