// The event webhook's settings in SendGrid: show them, set them up, have a test posted.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "daemon/ask.hpp"
#include "daemon/description.hpp"
#include "daemon/language.hpp"
#include "daemon/limited_transport.hpp"
#include "daemon/unit.hpp"
#include "daemon/webhook_verdict.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "notify/kind_words.hpp"
#include "runtime/sleep.hpp"
#include "sendgrid/client.hpp"
#include "watch/account_access.hpp"
#include "watch/check_stream_settings.hpp"

namespace arrivald {

using runtime::Task;

namespace {

constexpr Duration kTestWithin = std::chrono::seconds(90);
constexpr Duration kLookEvery = std::chrono::seconds(3);

// What the three commands share: the account and a client for it.
class Webhook {
 public:
  Webhook(const WebhookOptions& options, config::Config config, const config::Account& account, Secret key)
      : options_(options),
        config_(std::move(config)),
        words_(notify::Catalogue::of(config_.language)),
        account_(account),
        io_(1),
        http_(io_.get_executor(), clock_, clientOptions(config_.http)),
        client_(http_, clock_, access(std::move(key))) {}

  int run(Task<int> command) {
    int exit = kExitFailed;
    auto whole = [&]() -> Task<> {
      exit = co_await std::move(command);
      http_.closeIdle();
    };
    boost::asio::co_spawn(io_, whole(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    io_.run();
    return exit;
  }

  Task<int> status();
  Task<int> enable();
  Task<int> test();

 private:
  sendgrid::AccountAccess access(Secret key) const {
    auto access = watch::accessOf(account_);
    access.key = std::move(key);
    return access;
  }
  std::string say(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text(fmt::format("webhook.{}", key), fillings);
  }
  static void print(const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }
  static void complain(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }
  int failed(const sendgrid::Failure& failure) const {
    complain(words_.say(failure.said()));
    if (failure.kind == sendgrid::Failure::Kind::forbidden) complain(say("key_from"));
    return kExitFailed;
  }
  bool isKnown(const std::string& key) const {
    const auto& keys = account_.events->publicKeys;
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }
  void printKey(const std::string& key) const;
  sendgrid::EventWebhookWanted wantedOf(const sendgrid::EventWebhookSettings* settings) const;
  Task<int> readBack(std::string key);

  const WebhookOptions& options_;
  config::Config config_;
  const notify::Catalogue& words_;
  const config::Account account_;
  boost::asio::io_context io_;
  SystemClock clock_;
  http::Client http_;
  sendgrid::Client client_;
};

void Webhook::printKey(const std::string& key) const {
  if (key.empty())
    print(say("unsigned"));
  else if (isKnown(key))
    print(say("signed"));
  else
    print(say(account_.events->publicKeys.empty() ? "new_key" : "unknown_key",
              {{"account", account_.name}, {"key", key}}));
  if (!key.empty() && account_.events->acceptUnsigned) print(say("no_longer_unsigned"));
}

Task<int> Webhook::status() {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  if (found->empty()) print(say("none_yet"));
  for (const auto& one : *found)
    fmt::print("{}  {}  {}  {}\n", one.id.empty() ? "-" : one.id, say(one.enabled ? "on" : "off"), one.url,
               fmt::join(one.events, " "));
  if (account_.events->url.empty()) {
    print(say("no_url", {{"account", account_.name}}));
    co_return kExitOk;
  }
  const auto* settings = watch::ours(*account_.events, *found);
  if (!settings) {
    print(say("none_ours", {{"url", account_.events->url}}));
    co_return kExitFailed;
  }
  auto fetchedKey = co_await client_.eventWebhookKey(settings->id);
  WebhookKey key;
  // A webhook that was never signed has no key, which is not an error.
  if (fetchedKey || fetchedKey.error().kind == sendgrid::Failure::Kind::notFound)
    key.key = fetchedKey ? *fetchedKey : "";
  else
    key.whyUnknown = words_.say(fetchedKey.error().said());
  if (key.key) printKey(*key.key);
  const auto verdict = webhookVerdict(*account_.events, *found, key, words_);
  print(verdict.text);
  if (!fetchedKey && fetchedKey.error().kind == sendgrid::Failure::Kind::forbidden) complain(say("key_from"));
  co_return verdict.isWell ? kExitOk : kExitFailed;
}

// The address with the password that arrivald demands, and the client that it gives tokens to.
sendgrid::EventWebhookWanted Webhook::wantedOf(const sendgrid::EventWebhookSettings* settings) const {
  const auto& events = *account_.events;
  sendgrid::EventWebhookWanted wanted;
  wanted.create = settings == nullptr;
  if (settings) {
    wanted.id = settings->id;
    wanted.keep = settings->events;
  }
  auto url = events.url;
  if (events.password)
    url.insert(url.find("://") + 3, http::percentEncode(events.user) + ":" +
                                        http::percentEncode(std::string(events.password->secret.reveal())) +
                                        "@");
  wanted.url = Secret(std::move(url));
  if (events.oauth) {
    wanted.oauthClientId = events.oauth->clientId;
    wanted.oauthClientSecret = events.oauth->clientSecret.secret;
    wanted.oauthTokenUrl = events.url + "/token";
  }
  return wanted;
}

Task<int> Webhook::enable() {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  const auto* settings = watch::ours(*account_.events, *found);
  auto wanted = wantedOf(settings);
  auto put = co_await client_.putEventWebhook(std::move(wanted));
  if (!put) co_return failed(put.error());
  const std::string id = *put;
  print(say(settings ? "changed" : "created",
            {{"id", id.empty() ? say("the_webhook") : id}, {"url", account_.events->url}}));
  auto key = co_await client_.signEventWebhook(id);
  if (!key) co_return failed(key.error());
  printKey(*key);
  std::string known = *key;
  co_return co_await readBack(std::move(known));
}

// What SendGrid says afterwards, held against what arrivald demands of a batch.
Task<int> Webhook::readBack(std::string key) {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  const auto wrong = watch::wrongSettings(*account_.events, *found, key);
  if (!wrong.empty()) {
    complain(say("not_taken", {{"wrong", notify::settingsWords(wrong, words_)}}));
    co_return kExitFailed;
  }
  print(say("try"));
  co_return kExitOk;
}

Task<int> Webhook::test() {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  const auto* settings = watch::ours(*account_.events, *found);
  if (!settings) {
    complain(say("none_ours", {{"url", account_.events->url}}));
    co_return kExitFailed;
  }
  const auto begin = clock_.now();
  std::string id = settings->id, url = account_.events->url;
  auto asked = co_await client_.testEventWebhook(id, url);
  if (!asked) co_return failed(asked.error());
  print(say("asked"));
  while (clock_.now() - begin < kTestWithin) {
    co_await runtime::sleepFor(clock_, kLookEvery);
    const auto answer =
        askDaemon(options_.config, "GET", "/api/status", operatorsEnvironment(), options_.language);
    if (answer.exit != kExitOk) {
      std::fputs(answer.error.c_str(), stderr);
      co_return answer.exit;
    }
    const auto root = nlohmann::json::parse(answer.body, nullptr, false);
    if (!root.is_object() || !root.contains("event_streams")) continue;
    for (const auto& stream : root["event_streams"]) {
      if (stream.value("account", "") != account_.name || !stream["last_test"].is_string()) continue;
      const auto at = parseIso(stream["last_test"].get<std::string>());
      // The daemon uses this machine's clock; the text form of a time drops fractions of a second.
      if (at && *at >= begin - std::chrono::seconds(1)) {
        print(say("came"));
        co_return kExitOk;
      }
    }
  }
  complain(say("never_came", {{"span", words_.duration(kTestWithin)}, {"account", account_.name}}));
  co_return kExitFailed;
}

}  // namespace

namespace {

// The chosen account, the only one with events, or the end of the accounts.
Result<const config::Account*> accountOf(const WebhookOptions& options, const config::Config& config) {
  const auto& words = notify::Catalogue::of(config.language);
  const auto& accounts = config.accounts;
  const auto hasEvents = [](const auto& one) { return one.events.has_value(); };
  if (options.account.empty() && std::ranges::count_if(accounts, hasEvents) > 1)
    return Error{Error::Kind::invalid, words.text("webhook.several")};
  const auto account = std::ranges::find_if(accounts, [&](const auto& one) {
    return options.account.empty() ? hasEvents(one) : one.name == options.account;
  });
  if (account == accounts.end() || !account->events)
    return Error{Error::Kind::invalid, options.account.empty()
                                           ? words.text("webhook.no_account", {{"file", options.config}})
                                           : words.text("webhook.no_events", {{"account", options.account},
                                                                              {"file", options.config}})};
  if (account->events->url.empty() && options.what != "status")
    return Error{Error::Kind::invalid, words.text("webhook.url_missing", {{"account", account->name}})};
  return &*account;
}

int complainAbout(const std::string& text, int exit) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return exit;
}

}  // namespace

int webhook(const WebhookOptions& options) {
  const auto& words =
      notify::Catalogue::of(commandLanguage(options.language, options.config, operatorsEnvironment()));
  auto environment = operatorsEnvironment();
  environment.publicKeysComeLater = options.what != "test";
  auto loaded = config::loadFile(options.config, environment);
  if (!loaded.config) {
    for (const auto& problem : loaded.problems)
      complainAbout(words.say(config::said(problem, options.config)), kExitConfig);
    return kExitConfig;
  }
  loaded.config->language = words.language();
  const auto found = accountOf(options, *loaded.config);
  if (!found) return complainAbout(found.error().text, kExitConfig);
  const auto* account = *found;
  auto key = account->key.secret;
  if (!options.keyFrom.empty()) {
    const char* given = std::getenv(options.keyFrom.c_str());
    if (!given || !*given)
      return complainAbout(words.text("webhook.no_variable", {{"name", options.keyFrom}}), kExitUsage);
    key = Secret(given);
  }
  if (key.empty())
    return complainAbout(words.text("webhook.key_unread", {{"account", account->name},
                                                           {"place", placeOf(account->key, words)},
                                                           {"verb", options.what}}),
                         kExitConfig);
  const config::Account chosen = *account;
  Webhook command(options, std::move(*loaded.config), chosen, std::move(key));
  if (options.what == "status") return command.run(command.status());
  return command.run(options.what == "enable" ? command.enable() : command.test());
}

}  // namespace arrivald
