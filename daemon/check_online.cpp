// The part of `check` that asks SendGrid and the webhooks. Nothing is posted that anybody would see.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "alertmanager/client.hpp"
#include "daemon/check.hpp"
#include "notify/channel_answer.hpp"
#include "sendgrid/client.hpp"
#include "sendgrid/scopes.hpp"
#include "slack/bot.hpp"
#include "slack/web_api.hpp"
#include "watch/account_access.hpp"
#include "watch/check_scopes.hpp"

namespace arrivald {

using runtime::Task;

namespace {

std::string keyOf(const config::Account& account) { return fmt::format("accounts[{}].key", account.name); }
std::string keyOf(const config::Channel& channel) {
  return fmt::format("channels[{}].{}", channel.name, channel.isBot() ? "token" : "webhook");
}

class OnlineCheck {
 public:
  OnlineCheck(const config::Config& config, http::Transport& transport, Clock& clock)
      : config_(config),
        words_(notify::Catalogue::of(config.language)),
        transport_(transport),
        clock_(clock) {}

  Task<> run() {
    for (const auto& account : config_.accounts) co_await checkKey(account);
    for (const auto& account : config_.accounts) co_await checkDeleteKey(account);
    about_ = OnlineFinding::About::channel;
    // Others have no request that nobody sees.
    for (const auto& channel : config_.channels)
      if (channel.isBot())
        co_await checkBot(channel);
      else if (channel.type == config::ChannelType::slack)
        co_await checkWebhook(channel);
    if (config_.alertmanager)
      for (const auto& url : config_.alertmanager->urls) co_await checkAlertmanager(url);
  }
  std::vector<OnlineFinding> findings() { return std::move(findings_); }

 private:
  Task<> checkKey(const config::Account& account);
  Task<> checkDeleteKey(const config::Account& account);
  Task<> checkWebhook(const config::Channel& channel);
  Task<> checkBot(const config::Channel& channel);
  Task<> checkAlertmanager(const std::string& url);
  void judge(const config::Account& account, const std::vector<std::string>& scopes);
  void judge(const config::Channel& channel, const http::Response& response);
  void refusedBy(const config::Channel& channel, const std::string& answer);

  void works(std::string text) {
    findings_.push_back({about_, OnlineFinding::Result::works, std::move(text)});
  }
  void refused(std::string text) {
    findings_.push_back({about_, OnlineFinding::Result::refused, std::move(text)});
  }
  void unreached(const std::string& key, const http::Failure& failure) {
    refused(fmt::format("{}: {}", key, words_.say(failure.said())));
    findings_.back().todo = words_.text("cli.test.remedy.network");
  }
  void unread(const std::string& key) {
    findings_.push_back({about_, OnlineFinding::Result::unread, say("unread", {{"key", key}})});
  }

  std::string say(std::string_view key, std::initializer_list<notify::Filling> fillings) const {
    return words_.text(fmt::format("check.online.{}", key), fillings);
  }

  const config::Config& config_;
  const notify::Catalogue& words_;
  http::Transport& transport_;
  Clock& clock_;
  OnlineFinding::About about_ = OnlineFinding::About::key;
  std::vector<OnlineFinding> findings_;
};

Task<> OnlineCheck::checkKey(const config::Account& account) {
  if (account.key.secret.empty()) {
    unread(keyOf(account));
    co_return;
  }
  sendgrid::Client client(transport_, clock_, watch::accessOf(account));
  auto scopes = co_await client.scopes();
  if (scopes)
    judge(account, *scopes);
  else
    refused(fmt::format("{}: {}", keyOf(account), words_.say(scopes.error().said())));
}

void OnlineCheck::judge(const config::Account& account, const std::vector<std::string>& scopes) {
  const auto missing = sendgrid::missingScopes(scopes, watch::wantedFeatures(account), config_.language);
  works(say("key", {{"account", account.name}}) + (missing.empty() ? say("every_scope", {}) : ""));
  for (const auto& one : missing)
    refused(say("lacks", {{"key", keyOf(account)}, {"scope", one.scope}, {"loss", one.loss}}));
}

// Asks for the scopes alone: nothing is released.
Task<> OnlineCheck::checkDeleteKey(const config::Account& account) {
  if (!config_.desk) co_return;
  const auto found = config_.desk->deleteKeys.find(account.name);
  if (found == config_.desk->deleteKeys.end() || found->second.secret.empty()) co_return;
  const auto name = fmt::format("desk.delete_key[{}]", account.name);
  if (found->second.secret.empty()) {
    unread(name);
    co_return;
  }
  auto access = watch::accessOf(account);
  access.key = found->second.secret;
  sendgrid::Client client(transport_, clock_, std::move(access));
  auto scopes = co_await client.scopes();
  if (!scopes) {
    refused(fmt::format("{}: {}", name, words_.say(scopes.error().said())));
    co_return;
  }
  const auto wanted = config_.desk->releaseUnsubscribes ? sendgrid::Releasable::wishesToo
                                                        : sendgrid::Releasable::deliveryFailures;
  const auto missing = sendgrid::missingReleaseScopes(*scopes, wanted, config_.language);
  works(say("delete_key", {{"account", account.name}}) + (missing.empty() ? say("every_scope", {}) : ""));
  for (const auto& one : missing)
    refused(say("lacks", {{"key", name}, {"scope", one.scope}, {"loss", one.loss}}));
}

// Slack answers a message without content with 400 and its reason if it knows the address, and with 403, 404
// or 410 if it does not.
Task<> OnlineCheck::checkWebhook(const config::Channel& channel) {
  if (channel.webhook.secret.empty()) {
    unread(keyOf(channel));
    co_return;
  }
  http::Request request;
  request.method = "POST";
  request.url = std::string(channel.webhook.secret.reveal());
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = "{}";
  auto response = co_await transport_.send(std::move(request));
  if (response)
    judge(channel, *response);
  else
    unreached(keyOf(channel), response.error());
}

Task<> OnlineCheck::checkAlertmanager(const std::string& url) {
  const auto& settings = *config_.alertmanager;
  const std::string key = "alertmanager.basic_auth.password";
  if (!settings.user.empty() && settings.password.secret.empty()) {
    unread(key);
    co_return;
  }
  alertmanager::Client client(transport_,
                              alertmanager::ClientOptions{url, settings.user, settings.password.secret});
  auto ready = co_await client.ask();
  if (ready)
    works(say("alertmanager", {{"peer", client.peer()}}));
  else
    refused(fmt::format("alertmanager.urls: {}", words_.say(ready.error().said())));
}

// Whether the token may post; whether the app was invited to the channel only a message shows.
Task<> OnlineCheck::checkBot(const config::Channel& channel) {
  if (channel.key.secret.empty()) {
    unread(keyOf(channel));
    co_return;
  }
  const auto token = channel.key.secret.reveal();
  http::Request request;
  request.method = "POST";
  request.url = slack::BotOptions().url + "/auth.test";
  request.headers.add("Authorization", "Bearer " + std::string(token));
  auto response = co_await transport_.send(std::move(request));
  if (!response) {
    unreached(keyOf(channel), response.error());
    co_return;
  }
  const auto outcome = slack::mayPost(std::move(*response), token);
  if (outcome.ok())
    works(say("bot", {{"channel", channel.name}, {"room", channel.room}}));
  else
    refusedBy(channel, outcome.error().text);
}

void OnlineCheck::refusedBy(const config::Channel& channel, const std::string& answer) {
  refused(say("refused",
              {{"key", keyOf(channel)},
               {"answer", answer},
               {"remedy", words_.text(fmt::format("cli.test.remedy.{}", notify::remedyFor(answer)))}}));
}

void OnlineCheck::judge(const config::Channel& channel, const http::Response& response) {
  // A word such as "no_text"; anything longer is somebody's page.
  const auto& body = response.body;
  const bool word = body.size() <= 60 && std::all_of(body.begin(), body.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || c == '_';
                    });
  const auto status = std::to_string(response.status);
  const auto answer = word && !body.empty() ? status + " " + body : status;
  if (response.status == 400 && word)
    works(say("webhook", {{"channel", channel.name}, {"answer", answer}}));
  else if (response.status / 100 == 2)
    refused(say("taken", {{"key", keyOf(channel)}, {"status", status}}));
  else
    refusedBy(channel, answer);
}

}  // namespace

std::vector<OnlineFinding> checkOnline(const config::Config& config, const CheckEnvironment& environment) {
  boost::asio::io_context io(1);
  SystemClock clock;
  const auto transport = environment.makeTransport(io, clock, config);
  OnlineCheck online(config, *transport, clock);
  boost::asio::co_spawn(io, online.run(), [&io](std::exception_ptr failure) {
    io.stop();  // idle connections would keep it running
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  return online.findings();
}

}  // namespace arrivald
