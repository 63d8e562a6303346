#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxAccounts = 100;
constexpr std::string_view kGlobalHost = "https://api.sendgrid.com";
constexpr std::string_view kEuHost = "https://api.eu.sendgrid.com";

// off, all, a list of names, or {discover, limit, names}.
void readSelection(Reader& parent, std::string_view key, Selection& target) {
  const auto* node = parent.find(key);
  if (!node) return;
  if (node->kind == Node::Kind::scalar) {
    bool discover = false;
    const std::pair<const char*, bool> words[] = {{"all", true}, {"on", true},   {"true", true},
                                                  {"yes", true}, {"off", false}, {"false", false},
                                                  {"no", false}, {"none", false}};
    const auto* const found =
        std::ranges::find(words, node->text, [](const auto& word) { return std::string_view(word.first); });
    if (found == std::end(words))
      return parent.problem(
          key, phrase("expected all, off, a list of names, or {discover: true, limit: 50}, found {}",
                      shown(node->text)));
    discover = found->second;
    target.discover = discover;
    if (!discover) target.names.clear();
    return;
  }
  if (node->kind == Node::Kind::list) {
    target.discover = false;
    return parent.texts(key, target.names, kMaxSelectedNames);
  }
  if (node->kind != Node::Kind::mapping)
    return parent.problem(
        key, phrase("expected all, off, a list of names, or {discover: true, limit: 50}, found {}",
                    inWords(node->kind)));
  Reader reader(*node, parent.pathOf(key), parent.context());
  target.discover = !reader.has("names");
  reader.flag("discover", target.discover);
  reader.whole("limit", target.limit, 1, 1000);
  reader.texts("names", target.names, kMaxSelectedNames);
  reader.finish();
}

void readPoll(Reader& account, PollSchedules& poll, const TimeZone& zone) {
  const auto* node = account.section("poll");
  if (!node) return;
  Reader reader(*node, account.pathOf("poll"), account.context());
  reader.schedule("statistics", poll.statistics, zone, 10s);
  reader.schedule("mailbox_providers", poll.mailboxProviders, zone, 10s);
  reader.schedule("categories", poll.categories, zone, 10s);
  reader.schedule("subusers", poll.subusers, zone, 10s);
  reader.schedule("suppressions", poll.suppressions, zone, 30s);
  reader.schedule("suppressions_full", poll.crawl, zone, 1h);
  reader.schedule("history", poll.history, zone, 1h);
  reader.schedule("scopes", poll.scopes, zone, 10min);
  reader.schedule("event_webhook", poll.eventWebhook, zone, 1min);
  reader.schedule("credits", poll.credits, zone, 10min);
  reader.finish();
}

// Two words against each other, and what would become of the address.
void checkBaseUrl(Reader& reader, const Account& account) {
  if (account.baseUrl.ends_with("/v3"))
    reader.problem("base_url", phrase("expected the address without /v3, which arrivald adds itself: {}",
                                      account.baseUrl.substr(0, account.baseUrl.size() - 3)));
  const bool eu = account.region == Region::eu;
  if (reader.has("region") && account.baseUrl == (eu ? kGlobalHost : kEuHost))
    reader.problem("base_url", phrase("contradicts region: {}, whose host is {}", eu ? "eu" : "global",
                                      eu ? kEuHost : kGlobalHost));
}

void readKey(Reader& reader, Account& account) {
  if (!reader.require("key") || !readSecret(reader, "key", account.key, phrase("an API key"))) return;
  const auto key = account.key.secret.reveal();
  if (key.find("://") != std::string_view::npos)
    reader.problem("key", phrase("{} contains an address: expected an API key", inWords(account.key)));
  else if (key.find('*') != std::string_view::npos || key.find("...") != std::string_view::npos ||
           key.find("\u2026") != std::string_view::npos)
    reader.problem("key",
                   phrase("{} is masked, as the console shows keys: expected the whole key, which SendGrid "
                          "shows once, when it is made",
                          inWords(account.key)));
  else if (key.find_first_of("\"'=") != std::string_view::npos)
    reader.problem("key",
                   phrase("{} holds more than a key: expected it without quotes and without a name before it",
                          inWords(account.key)));
  else if (!key.starts_with("SG.") && (account.baseUrl == kGlobalHost || account.baseUrl == kEuHost))
    reader.warning("key", phrase("{} does not begin with SG. as API keys do", inWords(account.key)));
}

// Mail that would be counted, or alerted on, twice.
void warnOfTwice(Reader& reader, const Account& account, const Config& config) {
  for (const auto& other : config.accounts) {
    const auto& parent = account.onBehalfOf.empty() ? account : other;
    const auto& subuser = account.onBehalfOf.empty() ? other : account;
    const auto& names = parent.subusers.names;
    if (!subuser.onBehalfOf.empty() && parent.subusers.any() && !account.key.secret.empty() &&
        other.key.secret == account.key.secret &&
        (parent.subusers.discover || std::ranges::find(names, subuser.onBehalfOf) != names.end()))
      reader.warning(account.onBehalfOf.empty() ? "subusers" : "on_behalf_of",
                     phrase("the subuser {} is an account of its own and among the subusers of account {}: "
                            "there are two alerts for the same mail; leave it out of one of them",
                            shown(subuser.onBehalfOf), shown(parent.name)));
  }
  for (const auto& other : config.accounts)
    if (!account.key.secret.empty() && other.key.secret == account.key.secret &&
        other.onBehalfOf == account.onBehalfOf && other.baseUrl == account.baseUrl)
      reader.warning("key", phrase("the same key as that of account {}: the same mail would be counted twice",
                                   shown(other.name)));
}

Account readAccount(const Node& node, std::size_t index, const Config& config, Context& context) {
  Account account;
  account.zone = config.zone;
  Reader reader(node, fmt::format("accounts[{}]", index), context);
  if (!reader.usable()) return account;

  // A single account needs no name of its own.
  if (index == 0) account.name = "main";
  if (index == 0 || reader.require("name")) reader.text("name", account.name, 64);
  if (!account.name.empty() && !isName(account.name))
    reader.problem("name",
                   phrase("expected up to 64 letters, digits, -, _ and ., beginning with a letter or digit, "
                          "found {}",
                          shown(account.name)));
  else if (!account.name.empty())
    reader.callIt(fmt::format("accounts[{}]", account.name));
  if (!account.name.empty() &&
      std::ranges::find(config.accounts, account.name, &Account::name) != config.accounts.end())
    reader.problem("name", phrase("two accounts are called {}", shown(account.name)));

  reader.choice<Region>("region", account.region, {{"global", Region::global}, {"eu", Region::eu}});
  if (account.region == Region::eu) account.baseUrl = kEuHost;
  reader.url("base_url", account.baseUrl);
  checkBaseUrl(reader, account);
  if (account.baseUrl.starts_with("http://") && !isPlainLocalUrl(account.baseUrl))
    reader.problem("base_url", phrase("the key would be sent unencrypted: expected https://"));
  readKey(reader, account);
  account.zoneGiven = config.zoneGiven || reader.has("time_zone");
  reader.zone("time_zone", account.zone);
  reader.text("on_behalf_of", account.onBehalfOf, 128);
  readSelection(reader, "subusers", account.subusers);
  readSelection(reader, "categories", account.categories);
  readSelection(reader, "mailbox_providers", account.mailboxProviders);
  reader.flag("suppressions", account.suppressions);
  reader.flag("credits", account.credits);
  readPoll(reader, account.poll, config.zone);
  readAccountEvents(reader, account);
  if (!account.onBehalfOf.empty() && account.subusers.any())
    reader.problem("subusers", phrase("an account read on behalf of a subuser has no subusers of its own"));
  warnOfTwice(reader, account, config);
  reader.finish();
  return account;
}

}  // namespace

void readAccounts(Reader& root, Config& config) {
  if (!root.require("accounts")) return;
  const auto* node = root.find("accounts");
  if (node->kind != Node::Kind::list || node->children.empty())
    return root.problem(
        "accounts", phrase("expected a list with at least one account, found {}",
                           node->kind == Node::Kind::list ? phrase("an empty one") : inWords(node->kind)));
  if (node->children.size() > kMaxAccounts)
    return root.problem("accounts", phrase("expected at most {} accounts", kMaxAccounts));
  for (std::size_t i = 0; i < node->children.size(); ++i)
    config.accounts.push_back(readAccount(node->children[i], i, config, root.context()));
}

}  // namespace arrivald::config
