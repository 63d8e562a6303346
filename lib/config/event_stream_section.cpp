#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {

bool overlap(const Listen& one, const Listen& other) {
  if (one.port == 0 || one.port != other.port) return false;
  const auto takesIn = [](std::string_view all, std::string_view address) {
    return all == "::" || (all == "0.0.0.0" && address.find(':') == std::string_view::npos);
  };
  return one.address == other.address || takesIn(one.address, other.address) ||
         takesIn(other.address, one.address);
}

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxKeys = 10;
constexpr std::size_t kMaxGroups = 200;
constexpr std::size_t kMaxForwards = 10;
// Every DER-encoded public key on the curve P-256 begins like this in base64 and has 124 characters.
constexpr std::string_view kKeyBegins = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
constexpr std::size_t kKeyLength = 124;

void readDomainGroups(Reader& stream, EventStream& target) {
  const auto* node = stream.section("domain_groups");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMaxGroups)
    return stream.problem("domain_groups", phrase("expected a list of at most {} groups", kMaxGroups));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("event_stream.domain_groups[{}]", i), stream.context());
    if (!reader.usable()) continue;
    stream::GroupRule rule;
    if (reader.require("name")) reader.text("name", rule.name, 60);
    if (!rule.name.empty()) reader.callIt(fmt::format("event_stream.domain_groups[{}]", rule.name));
    if (reader.require("domains")) reader.texts("domains", rule.domains, 1000);
    for (const auto& domain : rule.domains)
      if (domain.find_first_of(" @/:") != std::string::npos || domain.find('.') == std::string::npos)
        reader.problemAt(
            domain, "domains",
            phrase("expected a domain such as example.jp, *.lg.jp or yahoo.*, found {}", shown(domain)));
    reader.finish();
    target.domainGroups.push_back(std::move(rule));
  }
}

// HTTPS, or HTTP to this machine: other URLs would send a password unencrypted.
bool isSafe(std::string_view url) { return url.starts_with("https://") || isPlainLocalUrl(url); }

void readForward(Reader& stream, const Config& config, EventStream& target) {
  const auto* node = stream.section("forward");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMaxForwards)
    return stream.problem("forward", phrase("expected a list of at most {} targets", kMaxForwards));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("event_stream.forward[{}]", i), stream.context());
    if (!reader.usable()) continue;
    Forward forward;
    if (reader.require("name")) reader.text("name", forward.name, 64);
    if (!forward.name.empty()) {
      reader.callIt(fmt::format("event_stream.forward[{}]", forward.name));
      if (!isName(forward.name)) reader.problem("name", phrase("expected letters, digits, - _ and . only"));
      if (std::ranges::any_of(target.forward, [&](const auto& one) { return one.name == forward.name; }))
        reader.problem("name", phrase("is the name of another target as well"));
    }
    if (reader.require("url") && readSecret(reader, "url", forward.url, phrase("an address to forward to"))) {
      const auto url = forward.url.secret.reveal();
      const bool isHttp = url.starts_with("https://") || url.starts_with("http://");
      if (isHttp && !isUrl(url, UserInfo::allowed))
        reader.problem("url", malformedUrl(forward.url));
      else if (!url.empty() && !isSafe(url))
        reader.problem("url",
                       phrase("{} does not contain a URL that begins with https:// (or http:// on this "
                              "machine)",
                              inWords(forward.url)));
    }
    reader.texts("accounts", forward.accounts);
    for (const auto& name : forward.accounts)
      if (std::ranges::none_of(config.accounts, [&](const auto& one) { return one.name == name; }))
        reader.problemAt(name, "accounts", phrase("no account is called {}", shown(name)));
    reader.duration("retry_for", forward.retryFor, 1min, 7 * 24h);
    reader.bytes("max_bytes", forward.maxBytes, 1 << 20, std::size_t{100} << 30);
    reader.finish();
    target.forward.push_back(std::move(forward));
  }
}

}  // namespace

void readAccountEvents(Reader& account, Account& target) {
  const auto* node = account.section("events");
  if (!node) return;
  Reader reader(*node, account.pathOf("events"), account.context());
  if (!reader.usable()) return;
  AccountEvents events;
  reader.texts("public_keys", events.publicKeys, kMaxKeys);
  for (const auto& key : events.publicKeys)
    if (!key.starts_with(kKeyBegins) || key.size() != kKeyLength)
      reader.problemAt(key, "public_keys",
                       phrase("expected SendGrid's verification key, 124 letters and signs that begin with "
                              "MFkwEwYHKoZIzj0C"));
  reader.flag("accept_unsigned", events.acceptUnsigned);
  if (const auto* auth = reader.section("basic_auth")) {
    Reader password(*auth, reader.pathOf("basic_auth"), reader.context());
    if (password.require("user")) password.text("user", events.user, 64);
    if (events.user.find(':') != std::string::npos)
      password.problem("user", phrase("a user's name must not contain a colon"));
    SecretValue secret;
    if (password.require("password") && readSecret(password, "password", secret, phrase("a password")))
      events.password = std::move(secret);
    password.finish();
  }
  if (const auto* oauth = reader.section("oauth")) {
    Reader client(*oauth, reader.pathOf("oauth"), reader.context());
    EventOauth read;
    const bool named = client.require("client_id");
    if (named) client.text("client_id", read.clientId, 100);
    if (client.require("client_secret") &&
        readSecret(client, "client_secret", read.clientSecret, phrase("a client's secret")) && named)
      events.oauth = std::move(read);
    client.finish();
    if (events.password)
      reader.problem(
          "oauth",
          phrase("cannot be combined with basic_auth: SendGrid sends only one of them, in the same header"));
  }
  if (reader.has("url")) {
    reader.url("url", events.url);
    if (!events.url.empty() && !events.url.ends_with("/events/" + target.name))
      reader.warning("url", phrase("does not end in /events/{}, which is where this account's events are "
                                   "taken; fine if a proxy in front changes it",
                                   target.name));
  }
  if (events.publicKeys.empty() && !events.acceptUnsigned) {
    auto without = phrase(
        "without a key anybody could send forged events: give SendGrid's verification key, which sudo "
        "arrivald webhook enable brings where url is set, or set accept_unsigned: true");
    if (account.context().environment.publicKeysComeLater)
      reader.warning("public_keys", std::move(without));
    else
      reader.problem("public_keys", std::move(without));
  }
  if (!events.publicKeys.empty() && events.acceptUnsigned)
    reader.problem(
        "accept_unsigned",
        phrase("contradicts public_keys: with keys, unsigned batches are refused; remove one of the two"));
  reader.finish();
  target.events = std::move(events);
}

void readEventStream(Reader& root, Config& config) {
  if (const auto* node = root.section("event_stream")) {
    Reader reader(*node, "event_stream", root.context());
    auto& stream = config.eventStream;
    readListen(reader, stream.listen, false);
    reader.duration("duplicates_within", stream.horizon, 1h, 7 * 24h);
    reader.duration("keep", stream.keep, 73h, 365 * 24h);
    std::size_t max = static_cast<std::size_t>(stream.maxBytes);
    reader.bytes("max_bytes", max, std::size_t{16} << 20, std::size_t{4} << 40);
    stream.maxBytes = static_cast<std::int64_t>(max);
    reader.flag("hash_addresses", stream.hashAddresses);
    reader.duration("overdue_after", stream.overdueAfter, 1min, 24h);
    reader.bytes("max_body", stream.maxBodyBytes, 64 << 10, 16 << 20);
    reader.whole("max_groups", stream.maxGroups, 0, 1000);
    readDomainGroups(reader, stream);
    readForward(reader, config, stream);
    if (stream.horizon > stream.keep)
      reader.problem("duplicates_within",
                     phrase("longer than keep: events that are no longer stored cannot be compared"));
    reader.finish();
  }
}

void checkEventPort(Reader& root, const Config& config) {
  const bool any =
      std::ranges::any_of(config.accounts, [](const Account& account) { return account.events.has_value(); });
  if (any && overlap(config.listen, config.eventStream.listen))
    root.problem("event_stream",
                 phrase("listens on the same port as the page: give event_stream.listen another port"));
}

}  // namespace arrivald::config
