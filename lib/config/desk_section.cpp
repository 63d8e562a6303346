#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxUsers = 500;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxPeers = 20;
constexpr std::size_t kMaxDigestChannels = 20;
constexpr std::size_t kMaxTokens = 50;
constexpr std::size_t kMinTokenBytes = 32;
// Less than this is guessed too fast; more than that stops the machine at each log-in.
constexpr std::uint32_t kMinKibibytes = 19456, kMaxKibibytes = 262144;
constexpr std::uint32_t kMinPasses = 2, kMaxPasses = 10;

bool isUserName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7F && c != ',' && c != '"' && c != '<' && c != '>';
  });
}

// The number behind `name` in "m=19456,t=2,p=1".
std::uint32_t costOf(std::string_view costs, std::string_view name) {
  const auto at = costs.find(name);
  if (at == std::string_view::npos) return 0;
  std::uint32_t value = 0;
  const auto* begin = costs.data() + at + name.size();
  const auto* end = costs.data() + costs.size();
  std::from_chars(begin, end, value);
  return value;
}

enum class HashFault : std::uint8_t { none, notArgon2id, tooCheap, tooCostly };

// $argon2id$v=19$m=…,t=…,p=…$salt$hash
HashFault faultOf(std::string_view hash) {
  constexpr std::string_view kBegin = "$argon2id$v=19$";
  if (!hash.starts_with(kBegin)) return HashFault::notArgon2id;
  const auto rest = hash.substr(kBegin.size());
  const auto salt = rest.find('$');
  if (salt == std::string_view::npos || std::ranges::count(rest, '$') != 2 || rest.size() - salt < 40)
    return HashFault::notArgon2id;
  const auto costs = rest.substr(0, salt);
  const auto memory = costOf(costs, "m="), passes = costOf(costs, "t=");
  if (memory < kMinKibibytes || passes < kMinPasses) return HashFault::tooCheap;
  return memory > kMaxKibibytes || passes > kMaxPasses ? HashFault::tooCostly : HashFault::none;
}

void readPassword(Reader& reader, const Desk& desk, DeskUser& user) {
  std::string hash;
  if (desk.proxy.header.empty() && !reader.require("password")) return;
  reader.text("password", hash, 500);
  if (hash.empty()) return;
  const auto fault = faultOf(hash);
  // The value is not shown: it may be a password.
  if (fault == HashFault::notArgon2id)
    reader.problem(
        "password",
        phrase("expected an argon2id hash, not the password: make one with `arrivald desk password`"));
  else if (fault == HashFault::tooCheap)
    reader.problem("password",
                   phrase("this argon2id hash is guessed too fast: make one with `arrivald desk password`"));
  else if (fault == HashFault::tooCostly)
    reader.problem("password", phrase("each log-in with this argon2id hash would take very long: make one "
                                      "with `arrivald desk password`"));
  user.passwordHash = Secret(std::move(hash));
}

void readUsers(Reader& section, Desk& desk) {
  const auto* node = section.section("users");
  if (!node || node->kind != Node::Kind::list || node->children.empty() || node->children.size() > kMaxUsers)
    return section.problem("users", phrase("expected a list of 1 to {} users: {name: ops-1, role: operator, "
                                           "password: \"$argon2id$…\"}; without one nobody can log in",
                                           kMaxUsers));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("desk.users[{}]", i), section.context());
    if (!reader.usable()) continue;
    DeskUser user;
    if (reader.require("name")) reader.text("name", user.name, kMaxNameBytes);
    if (!user.name.empty() && !isUserName(user.name))
      reader.problem("name", phrase("expected letters, digits and signs without blanks or commas, found {}",
                                    shown(user.name)));
    if (!user.name.empty()) reader.callIt(fmt::format("desk.users[{}]", user.name));
    if (reader.require("role"))
      reader.choice<DeskRole>(
          "role", user.role,
          {{"viewer", DeskRole::viewer}, {"operator", DeskRole::operator_}, {"admin", DeskRole::admin}});
    readPassword(reader, desk, user);
    if (std::ranges::find(desk.users, user.name, &DeskUser::name) != desk.users.end())
      reader.problem("name", phrase("two users are called {}", shown(user.name)));
    reader.finish();
    desk.users.push_back(std::move(user));
  }
}

bool isHeaderName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void readProxy(Reader& section, Desk& desk) {
  const auto* node = section.section("proxy");
  if (!node) return;
  Reader reader(*node, "desk.proxy", section.context());
  if (reader.require("peers")) reader.texts("peers", desk.proxy.peers, kMaxPeers);
  for (const auto& peer : desk.proxy.peers)
    if (!isIpAddress(peer))
      reader.problemAt(peer, "peers", phrase("expected an IP address, found {}", shown(peer)));
  reader.text("header", desk.proxy.header, 100);
  if (!desk.proxy.header.empty() && !isHeaderName(desk.proxy.header))
    reader.problem("header", phrase("expected the name of a header such as X-Remote-User, found {}",
                                    shown(desk.proxy.header)));
  reader.finish();
}

void readSessions(Reader& section, Desk& desk) {
  const auto* node = section.section("sessions");
  if (!node) return;
  Reader reader(*node, "desk.sessions", section.context());
  reader.duration("idle", desk.idle, 5min, 12h);
  reader.duration("max", desk.maxSession, 15min, 24h);
  if (desk.idle > desk.maxSession)
    reader.problem("idle",
                   phrase("a session cannot be idle for longer than it lasts: raise max, or lower idle"));
  reader.finish();
}

void readLimits(Reader& section, Desk& desk) {
  const auto* node = section.section("limits");
  if (!node) return;
  Reader reader(*node, "desk.limits", section.context());
  reader.whole("per_request", desk.perRequest, 1, 200);
  reader.whole("per_day", desk.perDay, 1, 5000);
  if (desk.perRequest > desk.perDay)
    reader.problem("per_day", phrase("fewer a day than at a time: raise per_day, or lower per_request"));
  reader.finish();
}

// A release is followed for 30 days: what is kept for less would end before that is known.
void readKeep(Reader& section, Desk& desk) {
  const auto* node = section.section("keep");
  if (!node) return;
  constexpr Duration kMin = std::chrono::days(60), kMax = std::chrono::days(10 * 365);
  Reader reader(*node, "desk.keep", section.context());
  reader.duration("record", desk.keep.record, kMin, kMax);
  reader.duration("releases", desk.keep.releases, kMin, kMax);
  reader.duration("removed", desk.keep.removed, kMin, kMax);
  reader.finish();
}

// Where it could not be read its place is kept, for `arrivald check`.
void keepKey(Reader& reader, std::string_view key, const Account& account, SecretValue value, Desk& desk) {
  if (!value.secret.empty() && value.secret == account.key.secret)
    reader.warning(key, phrase("is also the key by which the account {} is read: a key of its own, which may "
                               "only read and delete suppressions, does less harm if it is lost",
                               account.name));
  desk.deleteKeys[account.name] = std::move(value);
}

// One key for all accounts, or one for each: {main: {credential: …}}.
void readDeleteKey(Reader& section, const Config& config, Desk& desk) {
  const auto* node = section.section("delete_key");
  if (!node) return;
  const auto names = [&](const char* key) {
    return std::ranges::find(node->children, key, &Node::key) != node->children.end();
  };
  if (node->kind != Node::Kind::mapping || names("file") || names("environment") || names("credential")) {
    SecretValue value;
    if (!readSecret(section, "delete_key", value, phrase("a key")) && value.place.empty()) return;
    for (const auto& account : config.accounts) keepKey(section, "delete_key", account, value, desk);
    return;
  }
  Reader reader(*node, "desk.delete_key", section.context());
  for (const auto& account : config.accounts) {
    SecretValue value;
    if (readSecret(reader, account.name, value, phrase("a key")) || !value.place.empty())
      keepKey(reader, account.name, account, value, desk);
  }
  reader.finish();
}

// On weekdays at nine, to all channels that people read, unless the file says otherwise.
void readDigest(Reader& section, const Config& config, Desk& desk) {
  DeskDigest digest{Schedule::cron("0 9 * * mon-fri", desk.zone).value(), {}};
  for (const auto& channel : config.channels)
    if (channel.type != ChannelType::pagerduty && channel.type != ChannelType::webhook)
      digest.channels.push_back(channel.name);
  bool enabled = true;
  if (const auto* node = section.section("digest")) {
    Reader reader(*node, "desk.digest", section.context());
    reader.flag("enabled", enabled);
    Duration every{};
    reader.duration("every", every, 15min, 7 * 24h);
    std::string cron;
    reader.text("cron", cron, 200);
    if (!cron.empty() && every > Duration{}) {
      reader.problem("every", phrase("has no meaning beside cron: leave one of them out"));
    } else if (every > Duration{}) {
      digest.schedule = Schedule::every(every, 0);
    } else if (!cron.empty()) {
      auto schedule = Schedule::cron(cron, desk.zone);
      if (schedule)
        digest.schedule = std::move(*schedule);
      else
        reader.problem("cron", schedule.error().said());
    }
    const auto known = namesOf(config.channels);
    reader.texts("channels", digest.channels, kMaxDigestChannels);
    for (const auto& channel : digest.channels)
      if (std::ranges::find(known, channel) == known.end())
        reader.problemAt(channel, "channels",
                         phrase("no channel is called {}{}", shown(channel), hint(channel, known)));
    reader.finish();
  }
  if (enabled && !digest.channels.empty()) desk.digest = std::move(digest);
}

void readTokens(Reader& section, Desk& desk) {
  const auto* node = section.section("tokens");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMaxTokens)
    return section.problem("tokens", phrase("expected a list of at most {} tokens: {user: ops-1, token: "
                                            "{credential: desk-token}}",
                                            kMaxTokens));
  std::vector<std::string> users;
  for (const auto& user : desk.users) users.push_back(user.name);
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("desk.tokens[{}]", i), section.context());
    if (!reader.usable()) continue;
    DeskToken token;
    if (reader.require("user")) reader.text("user", token.user, kMaxNameBytes);
    if (!token.user.empty() && std::ranges::find(users, token.user) == users.end())
      reader.problem("user",
                     phrase("desk.users has no user {}{}", shown(token.user), hint(token.user, users)));
    if (readSecret(reader, "token", token.token, phrase("a token")) && !token.token.secret.empty() &&
        token.token.secret.reveal().size() < kMinTokenBytes)
      reader.problem("token", phrase("is guessed too easily: it needs {} characters at least; make one "
                                     "with `openssl rand -hex 32`",
                                     kMinTokenBytes));
    reader.finish();
    desk.tokens.push_back(std::move(token));
  }
}

// Passwords and addresses would go through a network in the clear.
void checkReach(Reader& section, const Desk& desk) {
  const bool isReached = !isLoopback(desk.listen.address) && desk.listen.certificateFile.empty();
  if (!isReached || desk.allowPlainHttp || !desk.proxy.peers.empty()) return;
  section.problem("listen",
                  phrase("{} can be reached from other machines without TLS: give listen.tls, listen on "
                         "127.0.0.1 behind a proxy, or write allow_plain_http: true",
                         shown(desk.listen.address)));
}

void checkPorts(Reader& section, const Config& config, const Desk& desk) {
  if (overlap(desk.listen, config.listen))
    section.problem("listen", phrase("port {} is that of listen", desk.listen.port));
  if (overlap(desk.listen, config.eventStream.listen))
    section.problem("listen", phrase("port {} is that of event_stream.listen", desk.listen.port));
}

}  // namespace

void readDesk(Reader& root, Config& config) {
  const auto* node = root.section("desk");
  if (!node) return;
  Reader reader(*node, "desk", root.context());
  if (!reader.usable()) return;
  Desk desk;
  desk.zone = config.zone;
  readListen(reader, desk.listen, false);
  reader.url("url", desk.url);
  reader.zone("time_zone", desk.zone);
  readProxy(reader, desk);
  readUsers(reader, desk);
  readSessions(reader, desk);
  reader.flag("allow_plain_http", desk.allowPlainHttp);
  readDeleteKey(reader, config, desk);
  readLimits(reader, desk);
  readKeep(reader, desk);
  reader.flag("release_unsubscribes", desk.releaseUnsubscribes);
  reader.flag("dry_run", desk.dryRun);
  readDigest(reader, config, desk);
  readTokens(reader, desk);
  checkReach(reader, desk);
  checkPorts(reader, config, desk);
  reader.finish();
  config.desk = std::move(desk);
}

}  // namespace arrivald::config
