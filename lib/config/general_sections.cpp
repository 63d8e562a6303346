#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {

bool isIpAddress(const std::string& text) {
  in6_addr bytes{};
  return inet_pton(AF_INET, text.c_str(), &bytes) == 1 || inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

bool isLoopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

namespace {

using namespace std::chrono_literals;
using delivery::Dimension;

constexpr std::size_t kMaxSeries = 10'000;

bool isOff(const Node& node) {
  return node.kind == Node::Kind::scalar && (node.text == "off" || node.text == "false" || node.text == "no");
}

// Reads the path of a PEM file and checks that the file exists and contains `marker`.
void readPem(Reader& reader, std::string_view key, std::string& target, std::string_view marker,
             const Phrase& expected) {
  if (!reader.has(key)) return;
  const auto [path, isGuess] = readNamedFile(reader, key);
  if (path.empty()) return;
  target = path;
  if (isGuess) return;
  const auto content = reader.context().environment.readFile(path);
  if (!content)
    reader.problem(key, phrase("{} cannot be read: {}", shown(path), content.error().said()));
  else if (content->find(marker) == std::string::npos)
    reader.problem(key, phrase("{} does not contain {} in PEM", shown(path), expected));
}

}  // namespace

void readStatusPage(Reader& root, Config& config) {
  const auto* node = root.section("status_page");
  if (!node) return;
  if (isOff(*node)) return config.statusPage.reset();
  Reader reader(*node, "status_page", root.context());
  reader.url("url", config.statusPage->url);
  reader.text("match", config.statusPage->match, 1000);
  const auto& match = config.statusPage->match;
  if (match.starts_with('|') || match.ends_with('|') || match.find("||") != std::string::npos)
    reader.problem("match", phrase("an empty alternative (at a |) would match every name"));
  reader.schedule("schedule", config.statusPage->schedule, config.zone, 30s);
  reader.finish();
}

void readHeartbeat(Reader& root, Config& config) {
  const auto* node = root.section("heartbeat");
  if (!node) return;
  Reader reader(*node, "heartbeat", root.context());
  if (!reader.usable()) return;
  Heartbeat heartbeat;
  if (reader.require("url") && readSecret(reader, "url", heartbeat.url, phrase("a heartbeat's address"))) {
    const auto url = heartbeat.url.secret.reveal();
    if (!url.starts_with("https://") && !url.starts_with("http://"))
      reader.problem("url",
                     phrase("{} does not contain a URL that begins with https://", inWords(heartbeat.url)));
    else if (!isUrl(url, UserInfo::allowed))
      reader.problem("url", malformedUrl(heartbeat.url));
  }
  reader.choice<bool>("method", heartbeat.post, {{"get", false}, {"post", true}});
  reader.schedule("schedule", heartbeat.schedule, config.zone, 10s);
  reader.finish();
  config.heartbeat = std::move(heartbeat);
}

namespace {

void readProxy(Reader& reader, Http& http) {
  const auto* node = reader.section("proxy");
  if (!node) return;
  SecretValue proxy;
  if (node->kind == Node::Kind::scalar) {
    // A proxy's address without a password is not a secret.
    if (node->text.find('@') != std::string::npos)
      return reader.problem(
          "proxy", phrase("a proxy's password does not belong in this file; write proxy: {file: /path}, "
                          "{environment: NAME} or {credential: NAME}"));
    proxy = {Secret(node->text), node->text};
  } else if (!readSecret(reader, "proxy", proxy, phrase("a proxy's address"))) {
    return;
  }
  const auto address = proxy.secret.reveal();
  if (!address.starts_with("http://") || !isUrl(address, UserInfo::allowed))
    return reader.problem("proxy", phrase("expected an address such as http://proxy.example.jp:3128"));
  http.proxy = std::move(proxy);
}

}  // namespace

void readHttp(Reader& root, Config& config) {
  auto& http = config.http;
  const auto* node = root.section("http");
  if (!node) return;
  Reader reader(*node, "http", root.context());
  readProxy(reader, http);
  reader.texts("no_proxy", http.noProxy);
  readPem(reader, "ca_file", http.caFile, "BEGIN CERTIFICATE", phrase("a certificate"));
  reader.duration("connect_timeout", http.connect, 100ms, 5min);
  reader.duration("read_timeout", http.read, 100ms, 10min);
  reader.duration("total_timeout", http.total, 1s, 30min);
  reader.bytes("max_body", http.maxBodyBytes, 64 << 10, 256 << 20);
  if (http.connect > http.total || http.read > http.total)
    reader.warning("total_timeout",
                   phrase("shorter than connect_timeout or read_timeout, which can then never expire"));
  reader.finish();
}

namespace {

void readTls(Reader& listen, Listen& target) {
  const auto* node = listen.section("tls");
  if (!node) return;
  Reader reader(*node, listen.pathOf("tls"), listen.context());
  if (reader.require("certificate"))
    readPem(reader, "certificate", target.certificateFile, "BEGIN CERTIFICATE", phrase("a certificate"));
  if (reader.require("key")) readPem(reader, "key", target.keyFile, "PRIVATE KEY", phrase("a private key"));
  const auto& environment = listen.context().environment;
  if (!target.keyFile.empty() && environment.worldReadable && environment.worldReadable(target.keyFile))
    reader.warning(
        "key", phrase("{} is readable by all users of this machine; chmod 600 it", shown(target.keyFile)));
  reader.finish();
}

}  // namespace

void readBasicAuth(Reader& parent, std::string& user, SecretValue& password) {
  const auto* node = parent.section("basic_auth");
  if (!node) return;
  Reader reader(*node, parent.pathOf("basic_auth"), parent.context());
  if (reader.require("user")) reader.text("user", user, 64);
  if (user.find(':') != std::string::npos)
    reader.problem("user", phrase("a user's name must not contain a colon"));
  if (reader.require("password")) readSecret(reader, "password", password, phrase("a password"));
  reader.finish();
}

void readLog(Reader& root, Config& config) {
  auto& log = config.log;
  const auto* node = root.section("log");
  if (!node) return;
  Reader reader(*node, "log", root.context());
  reader.choice<Log::Level>("level", log.level,
                            {{"debug", Log::Level::debug},
                             {"info", Log::Level::info},
                             {"warning", Log::Level::warning},
                             {"error", Log::Level::error}});
  reader.choice<bool>("format", log.json, {{"text", false}, {"json", true}});
  reader.finish();
}

void readStore(Reader& root, Config& config) {
  auto& path = config.storePath;
  if (const auto* node = root.section("store")) {
    Reader reader(*node, "store", root.context());
    reader.text("path", path, 4096);
    const auto& unusable = root.context().environment.unusable;
    if (const auto why = unusable && !path.empty() ? unusable(path) : Phrase(); !why.empty())
      reader.warning("path", phrase("nothing can be stored at {}: {}; make it for the user that runs "
                                    "arrivald, or leave the key out",
                                    shown(path), why));
    reader.finish();
  }
  if (!path.empty()) return;
  // systemd separates the folders by colons if several are configured.
  const auto folder = root.context().environment.variable("STATE_DIRECTORY");
  path =
      (folder && !folder->empty() ? folder->substr(0, folder->find(':')) : std::string(".")) + "/arrivald.db";
}

void readListen(Reader& parent, Listen& listen, bool password) {
  const auto* node = parent.section("listen");
  if (!node) return;
  Reader reader(*node, parent.pathOf("listen"), parent.context());
  reader.text("address", listen.address, 64);
  if (!isIpAddress(listen.address))
    reader.problem("address", phrase("expected an IP address such as 127.0.0.1 or ::1, found {}",
                                     shown(listen.address)));
  reader.whole("port", listen.port, 0, 65535);
  readTls(reader, listen);
  if (password) readBasicAuth(reader, listen.user, listen.password);
  const bool loopback = isLoopback(listen.address);
  if (!loopback && listen.certificateFile.empty())
    reader.warning("address",
                   phrase("{} can be reached from outside without TLS{}", shown(listen.address),
                          password && listen.user.empty() ? phrase(" and without a password") : Phrase()));
  else if (!loopback && password && listen.user.empty())
    reader.warning("address",
                   phrase("{} can be reached from outside without a password", shown(listen.address)));
  reader.finish();
}

void readListenToAsk(Reader& root, Listen& listen) {
  const auto* node = root.section("listen");
  if (!node) return;
  Reader reader(*node, root.pathOf("listen"), root.context());
  reader.text("address", listen.address, 64);
  reader.whole("port", listen.port, 0, 65535);
  if (const auto* tls = reader.section("tls")) {
    Reader certificate(*tls, reader.pathOf("tls"), root.context());
    listen.certificateFile = readNamedFile(certificate, "certificate").path;
  }
  readBasicAuth(reader, listen.user, listen.password);
}

void readLanguage(Reader& root, Config& config) {
  root.choice<Language>("language", config.language, {{"ja", Language::japanese}, {"en", Language::english}});
  config.zoneGiven = root.has("time_zone");
  root.zone("time_zone", config.zone);
}

void readLinks(Reader& root, Config& config) {
  if (const auto* node = root.section("links")) {
    Reader reader(*node, "links", root.context());
    reader.url("dashboard", config.links.dashboard);
    reader.url("page", config.links.page);
    reader.url("runbooks", config.links.runbooks);
    reader.finish();
  }
}

void readAlerting(Reader& root, Config& config) {
  if (const auto* node = root.section("alerting")) {
    Reader reader(*node, "alerting", root.context());
    reader.durations("reminders", config.reminders, 5min, 30 * 24h);
    reader.duration("retry_for", config.retryFor, 1min, 7 * 24h);
    if (!std::ranges::is_sorted(config.reminders))
      reader.warning("reminders", phrase("these intervals get shorter; the last one repeats for ever"));
    reader.finish();
  }
}

// Called after `windows` has been read, of which it selects.
void readMetrics(Reader& root, Config& config) {
  const auto* node = root.section("metrics");
  if (!node) return;
  Reader reader(*node, "metrics", root.context());
  reader.whole("max_series", config.maxSeries, 1'000, 1'000'000);
  if (const auto* windows = reader.section("windows")) {
    Reader chooser(*windows, "metrics.windows", root.context());
    for (const auto dimension :
         {Dimension::subuser, Dimension::category, Dimension::mailboxProvider, Dimension::domainGroup}) {
      std::vector<Duration> chosen;
      chooser.durations(delivery::name(dimension), chosen, kShortestWindow, kLongestWindow);
      for (const auto window : chosen)
        if (std::ranges::find(config.windows, window) == config.windows.end())
          chooser.problem(delivery::name(dimension),
                          phrase("{} is not among the file's `windows`", arrivald::toText(window)));
      if (!chosen.empty()) config.exportedWindows[dimension] = std::move(chosen);
    }
    chooser.finish();
  }
  reader.finish();
}

void readWindows(Reader& root, Config& config) {
  root.durations("windows", config.windows, kShortestWindow, kLongestWindow);
  std::ranges::sort(config.windows);
  config.windows.erase(std::unique(config.windows.begin(), config.windows.end()), config.windows.end());
}

void readCardinality(Reader& root, Config& config) {
  if (const auto* node = root.section("cardinality")) {
    Reader reader(*node, "cardinality", root.context());
    for (const auto dimension :
         {Dimension::subuser, Dimension::category, Dimension::mailboxProvider, Dimension::domainGroup})
      reader.whole(delivery::name(dimension), config.cardinality[dimension], 0, kMaxSeries);
    reader.finish();
  }
}

}  // namespace arrivald::config
