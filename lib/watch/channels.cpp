#include "watch/channels.hpp"

#include "chatwork/channel.hpp"
#include "pagerduty/channel.hpp"
#include "slack/bot.hpp"
#include "slack/webhook.hpp"
#include "teams/workflow.hpp"
#include "watch/remembered_mail.hpp"
#include "webhook/webhook.hpp"

namespace arrivald::watch {

namespace {

template <class Options>
Options optionsFor(const config::Channel& each, Language language) {
  Options options;
  options.name = each.name;
  options.language = language;
  return options;
}

std::unique_ptr<channel::Channel> makeSlack(const config::Channel& each, Language language,
                                            http::Transport& transport, slack::Conversations& conversations) {
  if (each.isBot()) {
    auto bot = optionsFor<slack::BotOptions>(each, language);
    bot.token = each.key.secret;
    bot.room = each.room;
    bot.mentions = each.mention;
    return std::make_unique<slack::BotChannel>(transport, conversations, std::move(bot));
  }
  auto options = optionsFor<slack::WebhookOptions>(each, language);
  options.address = each.webhook.secret;
  options.mentions = each.mention;
  return std::make_unique<slack::WebhookChannel>(transport, std::move(options));
}

std::unique_ptr<channel::Channel> makeWebhook(const config::Channel& each, Language language,
                                              http::Transport& transport, const Clock& clock) {
  auto options = optionsFor<webhook::WebhookOptions>(each, language);
  options.address = each.webhook.secret;
  options.key = each.key.secret;
  return std::make_unique<webhook::WebhookChannel>(transport, clock, std::move(options));
}

std::unique_ptr<channel::Channel> makePagerDuty(const config::Channel& each, Language language,
                                                http::Transport& transport) {
  auto options = optionsFor<pagerduty::EventsOptions>(each, language);
  options.key = each.key.secret;
  if (!each.url.empty()) options.url = each.url;
  return std::make_unique<pagerduty::EventsChannel>(transport, std::move(options));
}

std::unique_ptr<channel::Channel> makeTeams(const config::Channel& each, Language language,
                                            http::Transport& transport) {
  auto options = optionsFor<teams::WorkflowOptions>(each, language);
  options.address = each.webhook.secret;
  return std::make_unique<teams::WorkflowChannel>(transport, std::move(options));
}

std::unique_ptr<channel::Channel> makeChatwork(const config::Channel& each, Language language,
                                               http::Transport& transport) {
  auto options = optionsFor<chatwork::RoomOptions>(each, language);
  options.token = each.key.secret;
  options.room = each.room;
  options.mentions = each.mention;
  return std::make_unique<chatwork::RoomChannel>(transport, std::move(options));
}

// A program reads it, not people.
bool isProgram(config::ChannelType type) {
  return type == config::ChannelType::webhook || type == config::ChannelType::pagerduty;
}

}  // namespace

Channels makeChannels(const config::Config& config, http::Transport& transport, const Clock& clock,
                      slack::Conversations& conversations) {
  Channels channels;
  for (const auto& each : config.channels) {
    const auto language = languageOf(config, each);
    switch (each.type) {
      case config::ChannelType::slack:
        channels.push_back(makeSlack(each, language, transport, conversations));
        break;
      case config::ChannelType::webhook:
        channels.push_back(makeWebhook(each, language, transport, clock));
        break;
      case config::ChannelType::pagerduty:
        channels.push_back(makePagerDuty(each, language, transport));
        break;
      case config::ChannelType::teams:
        channels.push_back(makeTeams(each, language, transport));
        break;
      case config::ChannelType::chatwork:
        channels.push_back(makeChatwork(each, language, transport));
        break;
    }
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
  for (const auto& route : config.routes) {
    const auto hours = config.hours.find(route.hours);
    settings.routes.push_back({route.minSeverity, route.accounts, route.rules, route.labels, route.channels,
                               route.continueMatching,
                               hours == config.hours.end() ? std::nullopt : std::optional(hours->second),
                               route.otherwise, route.holdCritical});
  }
  for (const auto& channel : config.channels)
    settings.channels.push_back(
        {channel.name, languageOf(config, channel), channel.minSeverity, isProgram(channel.type)});
  return settings;
}

}  // namespace arrivald::watch
