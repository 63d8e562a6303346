#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostKeys = 10;
constexpr std::size_t kMostGroups = 200;
// What every DER key on the curve P-256 begins with, in base64; the whole has 124 characters.
constexpr std::string_view kKeyBegins = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
constexpr std::size_t kKeyLength = 124;

void readDomainGroups(Reader& stream, EventStream& target) {
  const auto* node = stream.section("domain_groups");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMostGroups)
    return stream.problem("domain_groups", fmt::format("expected a list of at most {} groups", kMostGroups));
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
            fmt::format("expected a domain such as example.jp, *.lg.jp or yahoo.*, found {}", shown(domain)));
    reader.finish();
    target.domainGroups.push_back(std::move(rule));
  }
}

}  // namespace

void readAccountEvents(Reader& account, Account& target) {
  const auto* node = account.section("events");
  if (!node) return;
  Reader reader(*node, account.pathOf("events"), account.context());
  if (!reader.usable()) return;
  AccountEvents events;
  reader.texts("public_keys", events.publicKeys, kMostKeys);
  for (const auto& key : events.publicKeys)
    if (!key.starts_with(kKeyBegins) || key.size() != kKeyLength)
      reader.problemAt(
          key, "public_keys",
          "expected SendGrid's verification key, 124 letters and signs that begin with MFkwEwYHKoZIzj0C");
  reader.flag("accept_unsigned", events.acceptUnsigned);
  if (const auto* auth = reader.section("basic_auth")) {
    Reader password(*auth, reader.pathOf("basic_auth"), reader.context());
    if (password.require("user")) password.text("user", events.user, 64);
    if (events.user.find(':') != std::string::npos) password.problem("user", "a user's name holds no colon");
    SecretValue secret;
    if (password.require("password") && readSecret(password, "password", secret, "a password"))
      events.password = std::move(secret);
    password.finish();
  }
  if (events.publicKeys.empty() && !events.acceptUnsigned)
    reader.problem("public_keys",
                   "without a key anybody could invent events: give SendGrid's verification key, or say "
                   "accept_unsigned: true");
  if (!events.publicKeys.empty() && events.acceptUnsigned)
    reader.problem(
        "accept_unsigned",
        "contradicts public_keys: with keys, unsigned batches are refused; take one of the two out");
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
    reader.whole("keep_at_most", stream.mostKept, 10'000, 1'000'000'000);
    reader.flag("hash_addresses", stream.hashAddresses);
    reader.duration("overdue_after", stream.overdueAfter, 1min, 24h);
    reader.bytes("max_body", stream.maxBodyBytes, 64 << 10, 16 << 20);
    reader.whole("more_groups", stream.mostGroups, 0, 1000);
    readDomainGroups(reader, stream);
    if (stream.horizon > stream.keep)
      reader.problem("duplicates_within", "longer than keep: what is no longer kept cannot be compared");
    reader.finish();
  }
  const bool any =
      std::ranges::any_of(config.accounts, [](const Account& account) { return account.events.has_value(); });
  if (any && config.eventStream.listen.port != 0 && config.eventStream.listen.port == config.listen.port &&
      config.eventStream.listen.address == config.listen.address)
    root.problem("event_stream", "listens where the page does: give event_stream.listen another port");
}

}  // namespace arrivald::config
