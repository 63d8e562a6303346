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
#include "daemon/limited_transport.hpp"
#include "daemon/unit.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
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
  int failed(const sendgrid::Failure& failure) const {
    std::fprintf(stderr, "%s\n", failure.text.c_str());
    if (failure.kind == sendgrid::Failure::Kind::forbidden)
      std::fprintf(stderr,
                   "--key-from NAME uses an API key with more access from that environment variable\n");
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
  const config::Account account_;
  boost::asio::io_context io_;
  SystemClock clock_;
  http::Client http_;
  sendgrid::Client client_;
};

void Webhook::printKey(const std::string& key) const {
  if (key.empty()) {
    fmt::print("signature: off; `arrivald webhook enable` switches it on\n");
  } else if (isKnown(key)) {
    fmt::print("signature: on, with a key of the configuration\n");
  } else {
    fmt::print(
        "signature: on, with a key that is missing in the configuration. Add it to accounts[{}].events, "
        "beside "
        "the old one while you change it, and reload:\n  public_keys: [{}]\n",
        account_.name, key);
  }
}

Task<int> Webhook::status() {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  if (found->empty()) fmt::print("SendGrid has no event webhook yet\n");
  for (const auto& one : *found)
    fmt::print("{}  {}  {}  {}\n", one.id.empty() ? "-" : one.id, one.enabled ? "on " : "off", one.url,
               fmt::join(one.events, " "));
  if (account_.events->url.empty()) {
    fmt::print("accounts[{}].events.url is not set, so arrivald cannot tell which of them is its own\n",
               account_.name);
    co_return kExitOk;
  }
  const auto* settings = watch::ours(*account_.events, *found);
  if (!settings) {
    fmt::print("none of them posts to {}; `arrivald webhook enable` creates one\n", account_.events->url);
    co_return kExitFailed;
  }
  std::optional<std::string> key;
  auto fetchedKey = co_await client_.eventWebhookKey(settings->id);
  if (!fetchedKey && fetchedKey.error().kind != sendgrid::Failure::Kind::notFound)
    co_return failed(fetchedKey.error());
  key = fetchedKey ? *fetchedKey : "";
  printKey(*key);
  const auto wrong = watch::wrongSettings(*account_.events, *found, key);
  fmt::print("{}\n", wrong.empty() ? "all is as it should be" : "not as it should be: " + wrong);
  co_return wrong.empty() ? kExitOk : kExitFailed;
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
  fmt::print("{} {} posts to {}\n", settings ? "changed:" : "created:", id.empty() ? "the webhook" : id,
             account_.events->url);
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
    std::fprintf(stderr, "SendGrid has taken the settings, but they are not as they should be: %s\n",
                 wrong.c_str());
    co_return kExitFailed;
  }
  fmt::print("`arrivald webhook test` shows whether events arrive\n");
  co_return kExitOk;
}

Task<int> Webhook::test() {
  auto found = co_await client_.eventWebhookSettings();
  if (!found) co_return failed(found.error());
  const auto* settings = watch::ours(*account_.events, *found);
  if (!settings) {
    std::fprintf(stderr, "no webhook in SendGrid posts to %s; `arrivald webhook enable` creates one\n",
                 account_.events->url.c_str());
    co_return kExitFailed;
  }
  const auto begin = clock_.now();
  std::string id = settings->id, url = account_.events->url;
  auto asked = co_await client_.testEventWebhook(id, url);
  if (!asked) co_return failed(asked.error());
  fmt::print("SendGrid has been asked to post its test events; waiting for them …\n");
  std::fflush(stdout);
  while (clock_.now() - begin < kTestWithin) {
    co_await runtime::sleepFor(clock_, kLookEvery);
    const auto answer = askDaemon(options_.config, "GET", "/api/status", operatorsEnvironment());
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
        fmt::print("the test events came and were genuine; they are not counted\n");
        co_return kExitOk;
      }
    }
  }
  std::fprintf(
      stderr,
      "no test events came within %s. Look for POST /events/%s in the proxy's log. If it is there, look at "
      "arrivald_event_batches_total: bad_signature means that the key differs. SendGrid's test does not work "
      "with a URL that contains a user and a password.\n",
      toText(kTestWithin).c_str(), account_.name.c_str());
  co_return kExitFailed;
}

}  // namespace

int webhook(const WebhookOptions& options) {
  auto loaded = config::loadFile(options.config, operatorsEnvironment());
  if (!loaded.config) {
    for (const auto& problem : loaded.problems)
      std::fprintf(stderr, "%s\n", config::toText(problem, options.config).c_str());
    return kExitConfig;
  }
  const auto& accounts = loaded.config->accounts;
  auto account = accounts.begin();
  if (!options.account.empty()) {
    account = std::find_if(accounts.begin(), accounts.end(),
                           [&](const auto& one) { return one.name == options.account; });
  } else {
    const auto hasEvents = [](const auto& one) { return one.events.has_value(); };
    account = std::find_if(accounts.begin(), accounts.end(), hasEvents);
    if (std::count_if(accounts.begin(), accounts.end(), hasEvents) > 1) {
      std::fprintf(stderr, "several accounts have events; choose one with --account NAME\n");
      return kExitUsage;
    }
  }
  if (account == accounts.end() || !account->events) {
    std::fprintf(stderr, "%s has no events in %s; see \"The event stream\" in the README\n",
                 options.account.empty() ? "no account" : ("account " + options.account).c_str(),
                 options.config.c_str());
    return kExitConfig;
  }
  if (account->events->url.empty() && options.what != "status") {
    std::fprintf(stderr,
                 "accounts[%s].events.url is not set; it is the URL that SendGrid posts to, such as "
                 "https://mail-watch.example.jp/events/%s\n",
                 account->name.c_str(), account->name.c_str());
    return kExitConfig;
  }
  auto key = account->key.secret;
  if (!options.keyFrom.empty()) {
    const char* given = std::getenv(options.keyFrom.c_str());
    if (!given || !*given) {
      std::fprintf(stderr, "the environment variable %s is not set\n", options.keyFrom.c_str());
      return kExitUsage;
    }
    key = Secret(given);
  }
  if (key.empty()) {
    std::fprintf(
        stderr, "the API key of account %s (%s) cannot be read by this user; try: sudo arrivald webhook %s\n",
        account->name.c_str(), account->key.place.c_str(), options.what.c_str());
    return kExitConfig;
  }
  const config::Account chosen = *account;
  Webhook command(options, std::move(*loaded.config), chosen, std::move(key));
  if (options.what == "status") return command.run(command.status());
  return command.run(options.what == "enable" ? command.enable() : command.test());
}

}  // namespace arrivald
