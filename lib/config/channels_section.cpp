#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxChannels = 50;
constexpr std::size_t kMaxRoutes = 200;

// How Slack writes its ids: "C0123456789".
bool isUpperId(std::string_view text) {
  return text.size() >= 8 && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// Of members U… or W…, of user groups S….
bool isSlackId(std::string_view text) {
  return isUpperId(text) && (text[0] == 'U' || text[0] == 'W' || text[0] == 'S');
}

void readMention(Reader& reader, Channel& channel) {
  reader.texts("mention", channel.mention, 10);
  for (const auto& mention : channel.mention)
    if (mention != "here" && mention != "channel" && !isSlackId(mention))
      reader.problemAt(
          mention, "mention",
          phrase("expected here, channel, a member's id (U…) or a user group's id (S…), found {}",
                 shown(mention)));
}

// What is wrong with an address at Slack; empty for an incoming webhook's.
Phrase notIncoming(std::string_view address) {
  for (const std::string_view host : {"https://hooks.slack.com", "https://hooks.slack-gov.com"}) {
    if (!address.starts_with(host)) continue;
    const auto path = address.substr(host.size());
    if (path.starts_with("/services/")) return {};
    if (path.starts_with("/workflows/") || path.starts_with("/triggers/"))
      return phrase("starts a workflow, which takes none of these messages");
    return phrase("is not that of an incoming webhook");
  }
  return phrase("is not that of an incoming webhook");
}

void readWebhook(Reader& reader, Channel& channel) {
  if (!reader.require("webhook") ||
      !readSecret(reader, "webhook", channel.webhook, phrase("a webhook's address")))
    return;
  const auto address = channel.webhook.secret.reveal();
  const auto place = inWords(channel.webhook);
  const bool local = isPlainLocalUrl(address);
  const bool isSlack = address.find("slack.com/") != std::string_view::npos ||
                       address.find("slack-gov.com/") != std::string_view::npos;
  const bool isHttp = address.starts_with("https://") || address.starts_with("http://");
  if (isHttp && !isUrl(address, UserInfo::allowed))
    reader.problem("webhook", malformedUrl(channel.webhook));
  else if (!address.starts_with("https://") && !local)
    reader.problem("webhook", phrase("{} does not contain a URL that begins with https://", place));
  else if (!local && !isSlack)
    reader.warning("webhook",
                   phrase("{} does not contain a Slack URL (https://hooks.slack.com/services/…): will it "
                          "understand Slack's messages?",
                          place));
  else if (const auto wrong = local ? Phrase() : notIncoming(address); !wrong.empty())
    reader.problem("webhook", phrase("{} contains a Slack URL that {}: make an incoming webhook in Slack "
                                     "(https://hooks.slack.com/services/…)",
                                     place, wrong));
}

// Of channels C…, of older private ones G….
bool isRoomId(std::string_view text) { return isUpperId(text) && (text[0] == 'C' || text[0] == 'G'); }

// By the token of an app instead of a webhook: then an incident is one message, which is edited.
void readBot(Reader& reader, Channel& channel) {
  if (readSecret(reader, "token", channel.key, phrase("a bot token")) &&
      !channel.key.secret.reveal().starts_with("xoxb-"))
    reader.problem("token",
                   phrase("{} holds no bot token, which begins with xoxb- (Slack: OAuth & Permissions)",
                          inWords(channel.key)));
  if (reader.require("room")) reader.text("room", channel.room, 20);
  if (!channel.room.empty() && !isRoomId(channel.room))
    reader.problem("room", phrase("expected the id of a channel (C…), as Slack shows it at the end of the "
                                  "channel's details, found {}",
                                  shown(channel.room)));
}

void readSlack(Reader& reader, Channel& channel) {
  if (reader.has("token") && reader.has("webhook"))
    reader.problem("token", phrase("a channel of Slack has either token and room, or webhook"));
  if (reader.has("token"))
    readBot(reader, channel);
  else
    readWebhook(reader, channel);
  readMention(reader, channel);
}

// Of a program of one's own: whatever takes JSON, over TLS.
void readOwnWebhook(Reader& reader, Channel& channel) {
  if (reader.require("url") && readSecret(reader, "url", channel.webhook, phrase("a webhook's address"))) {
    const auto address = channel.webhook.secret.reveal();
    if (!address.starts_with("https://") && !isPlainLocalUrl(address))
      reader.problem("url",
                     phrase("{} does not contain a URL that begins with https://", inWords(channel.webhook)));
    else if (!isUrl(address, UserInfo::allowed))
      reader.problem("url", malformedUrl(channel.webhook));
  }
  constexpr std::size_t kShortestKey = 16;
  if (reader.require("sign_with") && readSecret(reader, "sign_with", channel.key, phrase("a key")) &&
      channel.key.secret.reveal().size() < kShortestKey)
    reader.problem("sign_with",
                   phrase("{} holds a key of less than {} bytes: make a longer one, as by openssl "
                          "rand -hex 32",
                          inWords(channel.key), kShortestKey));
}

void readPagerDuty(Reader& reader, Channel& channel) {
  channel.minSeverity = rules::Severity::critical;
  if (reader.require("key")) readSecret(reader, "key", channel.key, phrase("an integration key"));
  reader.url("url", channel.url);
}

void readTeams(Reader& reader, Channel& channel) {
  if (!reader.require("webhook") ||
      !readSecret(reader, "webhook", channel.webhook, phrase("a webhook's address")))
    return;
  const auto address = channel.webhook.secret.reveal();
  if (!address.starts_with("https://") && !isPlainLocalUrl(address))
    reader.problem("webhook",
                   phrase("{} does not contain a URL that begins with https://", inWords(channel.webhook)));
  else if (!isUrl(address, UserInfo::refused))
    reader.problem("webhook", malformedUrl(channel.webhook));
  else if (address.find(".webhook.office.com/") != std::string_view::npos)
    reader.problem("webhook",
                   phrase("{} contains the URL of a connector, which Microsoft has switched off: make a "
                          "workflow (\"when a Teams webhook request is received\")",
                          inWords(channel.webhook)));
}

void readChatwork(Reader& reader, Channel& channel) {
  if (reader.require("token")) readSecret(reader, "token", channel.key, phrase("a token"));
  if (reader.require("room")) reader.text("room", channel.room, 20);
  const auto isNumber = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!channel.room.empty() && !isNumber(channel.room))
    reader.problem("room",
                   phrase("expected the number of a room, as it stands behind rid in its address, found {}",
                          shown(channel.room)));
  reader.texts("mention", channel.mention, 10);
  for (const auto& mention : channel.mention)
    if (mention != "all" && !isNumber(mention))
      reader.problemAt(mention, "mention",
                       phrase("expected all or the number of a member, found {}", shown(mention)));
}

void readTo(Reader& reader, Channel& channel) {
  switch (channel.type) {
    case ChannelType::slack:
      readSlack(reader, channel);
      break;
    case ChannelType::webhook:
      readOwnWebhook(reader, channel);
      break;
    case ChannelType::pagerduty:
      readPagerDuty(reader, channel);
      break;
    case ChannelType::teams:
      readTeams(reader, channel);
      break;
    case ChannelType::chatwork:
      readChatwork(reader, channel);
      break;
  }
  reader.choice<rules::Severity>("severity", channel.minSeverity,
                                 {{"info", rules::Severity::info},
                                  {"warning", rules::Severity::warning},
                                  {"critical", rules::Severity::critical}});
}

void readChannel(Reader& reader, Channel channel, Config& config) {
  readTo(reader, channel);
  Language language = config.language;
  if (reader.choice<Language>("language", language, {{"ja", Language::japanese}, {"en", Language::english}}))
    channel.language = language;
  if (!channel.name.empty() &&
      std::ranges::find(config.channels, channel.name, &Channel::name) != config.channels.end())
    reader.problem("name", phrase("two channels are called {}", shown(channel.name)));
  reader.finish();
  config.channels.push_back(std::move(channel));
}

void readChannelNames(Reader& reader, std::string_view key, std::vector<std::string>& target,
                      const Config& config) {
  const auto known = namesOf(config.channels);
  reader.texts(key, target);
  for (const auto& name : target)
    if (std::ranges::find(known, name) == known.end())
      reader.problemAt(name, key, phrase("no channel is called {}{}", shown(name), hint(name, known)));
}

// Outside the hours a route holds what is not critical, or goes to other channels.
void readRouteHours(Reader& reader, Route& route, const Config& config) {
  std::vector<std::string> known;
  for (const auto& [name, hours] : config.hours) known.push_back(name);
  reader.text("hours", route.hours, 64);
  if (!route.hours.empty() && !config.hours.contains(route.hours)) {
    reader.problem("hours", phrase("no hours are called {}{}", shown(route.hours), hint(route.hours, known)));
    route.hours.clear();
  }
  const auto* otherwise = reader.section("otherwise");
  const bool holds = otherwise && otherwise->kind == Node::Kind::scalar && otherwise->text == "hold";
  if (!holds) readChannelNames(reader, "otherwise", route.otherwise, config);
  reader.flag("hold_critical", route.holdCritical);
  if (!reader.has("hours") && (reader.has("otherwise") || reader.has("hold_critical")))
    reader.problem(reader.has("otherwise") ? "otherwise" : "hold_critical",
                   phrase("needs hours: the name of the hours outside of which it applies"));
}

Route readRoute(const Node& node, std::size_t index, const Config& config, Context& context) {
  Route route;
  Reader reader(node, fmt::format("routes[{}]", index), context);
  if (!reader.usable()) return route;
  reader.choice<rules::Severity>("severity", route.minSeverity,
                                 {{"info", rules::Severity::info},
                                  {"warning", rules::Severity::warning},
                                  {"critical", rules::Severity::critical}});
  reader.texts("accounts", route.accounts);
  checkGlobs(reader, "accounts", phrase("account"), namesOf(config.accounts));
  reader.texts("rules", route.rules);
  checkGlobs(reader, "rules", phrase("rule"), namesOf(config.rules));
  reader.labels("labels", route.labels);
  reader.flag("continue", route.continueMatching);
  if (reader.require("channels")) readChannelNames(reader, "channels", route.channels, config);
  readRouteHours(reader, route, config);
  reader.finish();
  return route;
}

bool selects(const std::vector<std::string>& globs, std::string_view name) {
  return globs.empty() ||
         std::ranges::any_of(globs, [&](const std::string& glob) { return rules::globMatches(glob, name); });
}

bool takes(const Route& route, const Account& account, const rules::Rule& rule) {
  return selects(route.accounts, account.name) && selects(route.rules, rule.name) &&
         std::ranges::all_of(route.labels, [&](const auto& label) {
           const auto found = rule.labels.find(label.first);
           return found != rule.labels.end() && found->second == label.second;
         });
}

// Alerts that no route takes, however severe they are. A route without channels is meant so.
void warnOfUnheard(Reader& root, const Config& config) {
  constexpr std::size_t kShown = 3;
  for (const auto& account : config.accounts) {
    std::vector<std::string> unheard;
    for (const auto& rule : config.rules)
      if (std::ranges::none_of(config.routes,
                               [&](const Route& route) { return takes(route, account, rule); }))
        unheard.push_back(rule.name);
    if (unheard.empty()) continue;
    std::string first;
    for (std::size_t i = 0; i < std::min(unheard.size(), kShown); ++i)
      first += (i == 0 ? "" : ", ") + unheard[i];
    const auto names =
        unheard.size() > kShown ? phrase("{} and {} more", first, unheard.size() - kShown) : verbatim(first);
    root.warning("routes", phrase("no route takes these alerts of account {}: {}; nobody is notified of them",
                                  shown(account.name), names));
  }
}

bool takesEverything(const Route& route) {
  return route.minSeverity == rules::Severity::info && route.accounts.empty() && route.rules.empty() &&
         route.labels.empty() && !route.continueMatching;
}

}  // namespace

void readChannels(Reader& root, Config& config) {
  if (const auto* node = root.section("slack")) {
    Reader reader(*node, "slack", root.context());
    Channel channel;
    channel.name = "slack";
    if (reader.usable()) readChannel(reader, std::move(channel), config);
  }
  if (const auto* node = root.section("channels")) {
    if (node->kind != Node::Kind::list)
      return root.problem("channels", phrase("expected a list of channels, found {}", inWords(node->kind)));
    if (node->children.size() > kMaxChannels)
      return root.problem("channels", phrase("expected at most {} channels", kMaxChannels));
    for (std::size_t i = 0; i < node->children.size(); ++i) {
      Reader reader(node->children[i], fmt::format("channels[{}]", i), root.context());
      if (!reader.usable()) continue;
      Channel channel;
      if (reader.require("name")) reader.text("name", channel.name, 64);
      if (!channel.name.empty() && !isName(channel.name))
        reader.problem("name",
                       phrase("expected up to 64 letters, digits, -, _ and ., beginning with a letter or "
                              "digit, found {}",
                              shown(channel.name)));
      else if (!channel.name.empty())
        reader.callIt(fmt::format("channels[{}]", channel.name));
      reader.choice<ChannelType>("type", channel.type,
                                 {{"slack", ChannelType::slack},
                                  {"webhook", ChannelType::webhook},
                                  {"pagerduty", ChannelType::pagerduty},
                                  {"teams", ChannelType::teams},
                                  {"chatwork", ChannelType::chatwork}});
      readChannel(reader, std::move(channel), config);
    }
  }
  if (!root.has("slack") && !root.has("channels") && !root.has("alertmanager"))
    root.context().problems.warn(root.place(),
                                 phrase("nobody will be notified: there is neither slack nor channels"));
}

void readRoutes(Reader& root, Config& config) {
  const auto* node = root.section("routes");
  if (!node) {
    if (config.channels.empty()) return;
    Route all;
    all.channels = namesOf(config.channels);
    config.routes.push_back(std::move(all));
    return;
  }
  if (node->kind != Node::Kind::list)
    return root.problem("routes", phrase("expected a list of routes, found {}", inWords(node->kind)));
  if (node->children.size() > kMaxRoutes)
    return root.problem("routes", phrase("expected at most {} routes", kMaxRoutes));
  for (std::size_t i = 0; i < node->children.size(); ++i)
    config.routes.push_back(readRoute(node->children[i], i, config, root.context()));

  const auto catchAll = std::ranges::find_if(config.routes, takesEverything);
  if (catchAll != config.routes.end() && catchAll + 1 != config.routes.end())
    root.context().problems.warn(
        node->children[static_cast<std::size_t>(catchAll - config.routes.begin()) + 1].place,
        phrase("routes[{}]: never reached, since routes[{}] takes every alert and does not continue",
               catchAll - config.routes.begin() + 1, catchAll - config.routes.begin()));
  for (const auto& channel : config.channels)
    if (std::ranges::none_of(config.routes, [&](const Route& route) {
          return std::ranges::find(route.channels, channel.name) != route.channels.end();
        }))
      root.warning("routes", phrase("no route selects the channel {}", shown(channel.name)));
  // A mistake in a route explains what it does not take.
  if (!root.context().problems.fatal()) warnOfUnheard(root, config);
}

}  // namespace arrivald::config
