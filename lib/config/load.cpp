#include "config/load.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/reader.hpp"
#include "config/rules_section.hpp"
#include "rules/defaults.hpp"

namespace arrivald::config {

using arrivald::toText;

using namespace std::chrono_literals;

namespace {

constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxSecretBytes = 8 * 1024;
constexpr Duration kLongest = std::chrono::hours(24 * 31);

// Aliases let a small file stand for an endless one, so nodes are counted as they would be visited.
bool withinBounds(const YAML::Node& node, int depth, std::size_t& nodes) {
  if (depth > kMaxDepth || ++nodes > kMaxNodes) return false;
  if (node.IsSequence())
    for (const auto& item : node)
      if (!withinBounds(item, depth + 1, nodes)) return false;
  if (node.IsMap())
    for (const auto& entry : node)
      if (!withinBounds(entry.second, depth + 1, nodes)) return false;
  return true;
}

std::string trimmed(std::string text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
}

class Loader {
 public:
  Loader(const Surroundings& surroundings, Problems& problems)
      : surroundings_(surroundings), problems_(problems) {}

  Config read(const YAML::Node& root);

 private:
  void readSecret(Reader& parent, const std::string& key, SecretValue& target, const char* what);
  void readSchedule(Reader& parent, const std::string& key, Schedule& target, const TimeZone& zone,
                    Duration least);
  void readSelection(Reader& parent, const std::string& key, Selection& target);
  void readAccount(const YAML::Node& node, Config& config);
  void readChannels(Reader& root, Config& config);
  void readRoutes(Reader& root, Config& config);
  void readListen(Reader& root, Listen& listen);
  void readHttp(Reader& root, Http& http);
  void readRest(Reader& root, Config& config);
  Language readLanguage(Reader& reader, const std::string& key, Language otherwise);

  const Surroundings& surroundings_;
  Problems& problems_;
};

void Loader::readSecret(Reader& parent, const std::string& key, SecretValue& target, const char* what) {
  const auto node = parent.node(key);
  if (!node.IsDefined()) return;
  const auto where = parent.where() + ": " + key;
  if (node.IsScalar()) {
    // Never repeats what stands there: it may be the secret itself.
    return problems_.add(node.Mark(), fmt::format("{}: {} does not belong into this file; write {}: {{file: "
                                                  "/path}}, {{environment: NAME}} or {{credential: NAME}}",
                                                  where, what, key));
  }
  Reader reader(node, where, problems_);
  std::string file, environment, credential;
  reader.text("file", file);
  reader.text("environment", environment);
  reader.text("credential", credential);
  reader.finish();
  if (!reader.usable()) return;
  if ((file.empty() ? 0 : 1) + (environment.empty() ? 0 : 1) + (credential.empty() ? 0 : 1) != 1)
    return problems_.add(node.Mark(),
                         fmt::format("{}: give exactly one of file, environment and credential", where));
  std::string content;
  if (!environment.empty()) {
    target.place = "environment variable " + environment;
    const auto value = surroundings_.environment(environment);
    if (!value) return reader.problem("environment", fmt::format("the variable {} is not set", environment));
    content = *value;
  } else {
    if (!credential.empty()) {
      target.place = "credential " + credential;
      const auto folder = surroundings_.environment("CREDENTIALS_DIRECTORY");
      if (credential.find('/') != std::string::npos)
        return reader.problem("credential", "a credential's name holds no /");
      if (!folder)
        return reader.problem("credential",
                              "there is no $CREDENTIALS_DIRECTORY: credentials come from systemd "
                              "(LoadCredential=); use file or environment outside a unit");
      file = *folder + "/" + credential;
    } else {
      target.place = "file " + file;
    }
    auto read = surroundings_.readFile(file);
    if (!read) return reader.problem(credential.empty() ? "file" : "credential", read.error().text);
    content = std::move(*read);
  }
  content = trimmed(std::move(content));
  if (content.empty()) return problems_.add(node.Mark(), fmt::format("{}: {} is empty", where, target.place));
  if (content.size() > kMaxSecretBytes || !printable(content))
    return problems_.add(
        node.Mark(), fmt::format("{}: {} must be one line of plain characters (is it the right file?)", where,
                                 target.place));
  target.secret = Secret(std::move(content));
}

void Loader::readSchedule(Reader& parent, const std::string& key, Schedule& target, const TimeZone& zone,
                          Duration least) {
  const auto node = parent.node(key);
  if (!node.IsDefined()) return;
  Reader reader(node, parent.where() + ": " + key, problems_);
  if (!reader.usable()) return;
  Duration every{};
  std::string expression;
  TimeZone cronZone = zone;
  reader.duration("every", every, least, kLongest);
  std::optional<double> jitter;
  reader.share("jitter", jitter);
  reader.text("cron", expression);
  reader.zone("time_zone", cronZone);
  const bool hasEvery = reader.has("every"), hasCron = reader.has("cron");
  if (hasEvery == hasCron) {
    problems_.add(node.Mark(),
                  fmt::format("{}: give either every: 60s or cron: \"17 3 * * *\"", reader.where()));
  } else if (hasCron) {
    auto parsed = Schedule::cron(expression, cronZone);
    if (parsed) {
      target = std::move(*parsed);
    } else if (!expression.empty()) {
      reader.problem("cron", parsed.error().text);
    }
  } else if (every != Duration{}) {
    target = Schedule::every(every, jitter.value_or(0.1));
  }
  reader.finish();
}

void Loader::readSelection(Reader& parent, const std::string& key, Selection& target) {
  const auto node = parent.node(key);
  if (!node.IsDefined()) return;
  if (node.IsSequence()) return parent.texts(key, target.names);
  Reader reader(node, parent.where() + ": " + key, problems_);
  reader.flag("discover", target.discover);
  auto limit = static_cast<std::int64_t>(target.limit);
  reader.whole("limit", limit, 1, 1000);
  target.limit = static_cast<std::size_t>(limit);
  reader.texts("names", target.names);
  reader.finish();
}

void Loader::readAccount(const YAML::Node& node, Config& config) {
  Reader reader(node, fmt::format("accounts[{}]", config.accounts.size()), problems_);
  Account account;
  account.zone = config.zone;
  if (!reader.usable()) return;
  reader.require("name");
  reader.text("name", account.name);
  for (const auto& other : config.accounts)
    if (other.name == account.name)
      reader.problem("name", fmt::format("two accounts are called \"{}\"", account.name));
  if (account.name.find('/') != std::string::npos || account.name.size() > 64)
    reader.problem("name", "at most 64 characters, and no /");
  reader.require("key");
  readSecret(reader, "key", account.key, "a key");
  std::string region = "global";
  reader.text("region", region);
  if (region == "eu") {
    account.region = Region::eu;
    account.baseUrl = "https://api.eu.sendgrid.com";
  } else if (region != "global") {
    reader.problem("region", "expected global or eu");
  }
  reader.url("base_url", account.baseUrl);
  reader.zone("time_zone", account.zone);
  reader.text("on_behalf_of", account.onBehalfOf);
  readSelection(reader, "subusers", account.subusers);
  readSelection(reader, "categories", account.categories);
  readSelection(reader, "mailbox_providers", account.mailboxProviders);
  reader.flag("suppressions", account.suppressions);
  if (!account.onBehalfOf.empty() && account.subusers.any())
    reader.problem("subusers", "a subuser (on_behalf_of) has no subusers of its own");
  if (const auto poll = reader.node("poll"); poll.IsDefined()) {
    Reader times(poll, reader.where() + ": poll", problems_);
    readSchedule(times, "statistics", account.poll.statistics, config.zone, 10s);
    readSchedule(times, "mailbox_providers", account.poll.mailboxProviders, config.zone, 10s);
    readSchedule(times, "categories", account.poll.categories, config.zone, 10s);
    readSchedule(times, "subusers", account.poll.subusers, config.zone, 10s);
    readSchedule(times, "suppressions", account.poll.suppressions, config.zone, 30s);
    readSchedule(times, "crawl", account.poll.crawl, config.zone, 1h);
    readSchedule(times, "history", account.poll.history, config.zone, 1h);
    readSchedule(times, "scopes", account.poll.scopes, config.zone, 1h);
    times.finish();
  }
  reader.finish();
  config.accounts.push_back(std::move(account));
}

Language Loader::readLanguage(Reader& reader, const std::string& key, Language otherwise) {
  std::string text;
  reader.text(key, text);
  if (text == "ja") return Language::japanese;
  if (text == "en") return Language::english;
  if (!text.empty()) reader.problem(key, fmt::format("expected ja or en, found \"{}\"", text.substr(0, 40)));
  return otherwise;
}

void Loader::readChannels(Reader& root, Config& config) {
  const auto readOne = [&](Reader& reader, Channel channel) {
    reader.require("webhook");
    readSecret(reader, "webhook", channel.webhook, "a webhook's address");
    const auto address = channel.webhook.secret.reveal();
    if (!address.empty() && !address.starts_with("https://") && !address.starts_with("http://127.0.0.1") &&
        !address.starts_with("http://localhost"))
      reader.problem("webhook", fmt::format("{} holds no https:// address", channel.webhook.place));
    if (reader.has("language")) channel.language = readLanguage(reader, "language", config.language);
    reader.texts("mention", channel.mention);
    for (const auto& mention : channel.mention) {
      const bool id = mention.size() > 5 && mention.size() < 20 &&
                      (mention[0] == 'U' || mention[0] == 'W' || mention[0] == 'S') &&
                      std::all_of(mention.begin(), mention.end(),
                                  [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
      if (mention != "here" && mention != "channel" && !id)
        reader.problem("mention",
                       fmt::format("\"{}\" is neither here, channel, nor a member's (U…) or group's (S…) id",
                                   mention.substr(0, 40)));
    }
    reader.finish();
    for (const auto& other : config.channels)
      if (other.name == channel.name)
        reader.problem("name", fmt::format("two channels are called \"{}\"", channel.name));
    config.channels.push_back(std::move(channel));
  };
  if (const auto node = root.node("slack"); node.IsDefined()) {
    Reader reader(node, "slack", problems_);
    if (reader.usable()) readOne(reader, {.name = "slack", .webhook = {}, .language = {}, .mention = {}});
  }
  const auto node = root.node("channels");
  if (!node.IsDefined()) return;
  if (!node.IsSequence()) return root.problem("channels", "expected a list");
  for (const auto& entry : node) {
    Reader reader(entry, fmt::format("channels[{}]", config.channels.size()), problems_);
    if (!reader.usable()) continue;
    Channel channel;
    reader.require("name");
    reader.text("name", channel.name);
    std::string type = "slack";
    reader.text("type", type);
    if (type != "slack")
      reader.problem("type", fmt::format("unknown type \"{}\"; known: slack", type.substr(0, 40)));
    readOne(reader, std::move(channel));
  }
}

void Loader::readRoutes(Reader& root, Config& config) {
  std::vector<std::string> channelNames;
  for (const auto& channel : config.channels) channelNames.push_back(channel.name);
  const auto node = root.node("routes");
  if (!node.IsDefined()) {
    Route all;
    all.channels = channelNames;
    if (!channelNames.empty()) config.routes.push_back(std::move(all));
    return;
  }
  if (!node.IsSequence()) return root.problem("routes", "expected a list");
  for (const auto& entry : node) {
    Reader reader(entry, fmt::format("routes[{}]", config.routes.size()), problems_);
    if (!reader.usable()) continue;
    Route route;
    std::string severity;
    reader.text("severity", severity);
    if (!severity.empty()) {
      if (const auto parsed = rules::severityNamed(severity)) {
        route.least = *parsed;
      } else {
        reader.problem("severity",
                       "expected info, warning or critical: the least severity that takes this route");
      }
    }
    reader.texts("accounts", route.accounts);
    reader.texts("rules", route.rules);
    reader.labels("labels", route.labels);
    reader.flag("continue", route.goOn);
    reader.require("channels");
    reader.texts("channels", route.channels);
    for (const auto& name : route.channels)
      if (std::find(channelNames.begin(), channelNames.end(), name) == channelNames.end())
        reader.problem("channels", fmt::format("no channel is called \"{}\"{}", name.substr(0, 40),
                                               didYouMean(name, channelNames)));
    reader.finish();
    config.routes.push_back(std::move(route));
  }
}

void Loader::readListen(Reader& root, Listen& listen) {
  const auto node = root.node("listen");
  if (!node.IsDefined()) return;
  Reader reader(node, "listen", problems_);
  reader.text("address", listen.address);
  std::int64_t port = listen.port;
  reader.whole("port", port, 0, 65535);
  listen.port = static_cast<std::uint16_t>(port);
  if (const auto tls = reader.node("tls"); tls.IsDefined()) {
    Reader files(tls, "listen: tls", problems_);
    files.require("certificate");
    files.require("key");
    files.text("certificate", listen.certificateFile);
    files.text("key", listen.keyFile);
    files.finish();
  }
  if (const auto auth = reader.node("basic_auth"); auth.IsDefined()) {
    Reader credentials(auth, "listen: basic_auth", problems_);
    credentials.require("user");
    credentials.require("password");
    credentials.text("user", listen.user);
    if (listen.user.find(':') != std::string::npos)
      credentials.problem("user", "a user's name holds no colon");
    readSecret(credentials, "password", listen.password, "a password");
    credentials.finish();
  }
  const bool loopback = listen.address.starts_with("127.") || listen.address == "::1";
  if (!loopback && listen.certificateFile.empty())
    problems_.warn(node.Mark(), fmt::format("listen: {} can be reached from outside without TLS; keep to "
                                            "127.0.0.1, or set tls and basic_auth",
                                            listen.address));
  reader.finish();
}

void Loader::readHttp(Reader& root, Http& http) {
  const auto node = root.node("http");
  if (!node.IsDefined()) return;
  Reader reader(node, "http", problems_);
  if (const auto proxy = reader.node("proxy"); proxy.IsDefined()) {
    SecretValue value;
    if (proxy.IsScalar()) {
      // A proxy without a password is no secret.
      if (proxy.Scalar().find('@') != std::string::npos) {
        reader.problem("proxy",
                       "a proxy's password does not belong into this file; write proxy: {file: /path}, "
                       "{environment: NAME} or {credential: NAME}");
      } else if (!proxy.Scalar().starts_with("http://")) {
        reader.problem("proxy", "expected an address such as http://proxy.example.jp:3128");
      } else {
        http.proxy = SecretValue{Secret(proxy.Scalar()), proxy.Scalar()};
      }
    } else {
      readSecret(reader, "proxy", value, "a proxy's password");
      http.proxy = std::move(value);
    }
  }
  reader.texts("no_proxy", http.noProxy);
  reader.text("ca_file", http.caFile);
  reader.duration("connect_timeout", http.connect, 100ms, 5min);
  reader.duration("read_timeout", http.read, 100ms, 10min);
  reader.duration("total_timeout", http.total, 1s, 30min);
  reader.finish();
}

void Loader::readRest(Reader& root, Config& config) {
  if (const auto node = root.node("status_page"); node.IsDefined()) {
    if (node.IsScalar() && (node.Scalar() == "off" || node.Scalar() == "false")) {
      config.statusPage.reset();
    } else {
      Reader reader(node, "status_page", problems_);
      reader.url("url", config.statusPage->url);
      reader.text("match", config.statusPage->match);
      readSchedule(reader, "poll", config.statusPage->schedule, config.zone, 30s);
      reader.finish();
    }
  }
  root.durations("windows", config.windows, 5min, 30 * 24h);
  std::sort(config.windows.begin(), config.windows.end());
  config.windows.erase(std::unique(config.windows.begin(), config.windows.end()), config.windows.end());
  if (const auto node = root.node("cardinality"); node.IsDefined()) {
    Reader reader(node, "cardinality", problems_);
    for (const auto dimension : {delivery::Dimension::subuser, delivery::Dimension::category,
                                 delivery::Dimension::mailboxProvider, delivery::Dimension::domainGroup}) {
      auto limit = static_cast<std::int64_t>(config.cardinality[dimension]);
      reader.whole(std::string(delivery::name(dimension)), limit, 0, 10'000);
      config.cardinality[dimension] = static_cast<std::size_t>(limit);
    }
    reader.finish();
  }
  if (const auto node = root.node("heartbeat"); node.IsDefined()) {
    Reader reader(node, "heartbeat", problems_);
    Heartbeat heartbeat;
    reader.require("url");
    readSecret(reader, "url", heartbeat.url, "a heartbeat's address");
    std::string method = "get";
    reader.text("method", method);
    heartbeat.post = method == "post";
    if (method != "get" && method != "post") reader.problem("method", "expected get or post");
    readSchedule(reader, "poll", heartbeat.schedule, config.zone, 10s);
    reader.finish();
    config.heartbeat = std::move(heartbeat);
  }
  if (const auto node = root.node("store"); node.IsDefined()) {
    Reader reader(node, "store", problems_);
    reader.text("path", config.storePath);
    reader.finish();
  }
  if (const auto node = root.node("log"); node.IsDefined()) {
    Reader reader(node, "log", problems_);
    std::string level = "info", format = "text";
    reader.text("level", level);
    reader.text("format", format);
    const std::vector<std::string> levels = {"debug", "info", "warning", "error"};
    const auto found = std::find(levels.begin(), levels.end(), level);
    if (found == levels.end()) {
      reader.problem("level",
                     fmt::format("expected debug, info, warning or error{}", didYouMean(level, levels)));
    } else {
      config.log.level = static_cast<Log::Level>(found - levels.begin());
    }
    if (format != "text" && format != "json") reader.problem("format", "expected text or json");
    config.log.json = format == "json";
    reader.finish();
  }
  if (const auto node = root.node("links"); node.IsDefined()) {
    Reader reader(node, "links", problems_);
    reader.url("dashboard", config.links.dashboard);
    reader.url("page", config.links.page);
    reader.url("runbooks", config.links.runbooks);
    reader.finish();
  }
  if (const auto node = root.node("alerting"); node.IsDefined()) {
    Reader reader(node, "alerting", problems_);
    reader.durations("reminders", config.reminders, 5min, 30 * 24h);
    reader.duration("retry_for", config.retryFor, 1min, 7 * 24h);
    reader.finish();
  }
}

Config Loader::read(const YAML::Node& node) {
  Config config;
  config.zone = TimeZone::find("Asia/Tokyo").ok() ? TimeZone::find("Asia/Tokyo").value() : TimeZone();
  config.windows = {5min, 30min, 1h, 6h, 24h, 7 * 24h, 30 * 24h};
  config.cardinality = {{delivery::Dimension::subuser, 100},
                        {delivery::Dimension::category, 100},
                        {delivery::Dimension::mailboxProvider, 60},
                        {delivery::Dimension::domainGroup, 100}};
  config.reminders = {4h, 12h, 24h};
  Reader root(node, "the file", problems_);
  if (!root.usable()) return config;
  config.language = readLanguage(root, "language", config.language);
  root.zone("time_zone", config.zone);

  root.require("accounts");
  if (const auto accounts = root.node("accounts"); accounts.IsDefined()) {
    if (!accounts.IsSequence() || accounts.size() == 0) {
      root.problem("accounts", "expected a list with at least one account");
    } else {
      for (const auto& account : accounts) readAccount(account, config);
    }
  }
  readChannels(root, config);
  if (config.channels.empty() && !problems_.fatal())
    problems_.warn(root.mark(), "nobody will be told: there is neither slack nor channels");
  readRoutes(root, config);
  readListen(root, config.listen);
  readHttp(root, config.http);
  readRest(root, config);

  config.rules = rules::defaults();
  bool useDefaults = true;
  root.flag("default_rules", useDefaults);
  if (!useDefaults) config.rules.clear();
  readRules(root.node("rules"), config.rules, config.accounts, problems_);
  if (config.storePath.empty()) {
    const auto folder = surroundings_.environment("STATE_DIRECTORY");
    config.storePath = (folder ? folder->substr(0, folder->find(':')) : std::string(".")) + "/arrivald.db";
  }
  root.finish();
  return config;
}

}  // namespace

std::string toText(const Problem& problem, std::string_view file) {
  const auto* prefix = problem.warning ? "warning: " : "";
  if (problem.line == 0) return fmt::format("{}: {}{}", file, prefix, problem.text);
  return fmt::format("{}:{}:{}: {}{}", file, problem.line, problem.column, prefix, problem.text);
}

Surroundings Surroundings::ofProcess() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (!value) return std::nullopt;
            return std::string(value);
          },
          [](const std::string& path) -> Result<std::string> {
            struct stat status {};
            if (stat(path.c_str(), &status) != 0)
              return Error{Error::Kind::notFound,
                           fmt::format("{} cannot be read: {}", path, std::strerror(errno))};
            if (!S_ISREG(status.st_mode))
              return Error{Error::Kind::invalid, fmt::format("{} is no regular file", path)};
            if (static_cast<std::size_t>(status.st_size) > kMaxConfigBytes)
              return Error{Error::Kind::invalid,
                           fmt::format("{} is larger than {} bytes", path, kMaxConfigBytes)};
            std::ifstream file(path, std::ios::binary);
            std::ostringstream content;
            content << file.rdbuf();
            if (!file)
              return Error{Error::Kind::notFound,
                           fmt::format("{} cannot be read: {}", path, std::strerror(errno))};
            return content.str();
          },
          [](const std::string& path) {
            struct stat status {};
            return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
          }};
}

Loaded load(std::string_view text, const Surroundings& surroundings) {
  Problems problems;
  Loaded loaded;
  if (text.size() > kMaxConfigBytes) {
    problems.addWhole(fmt::format("larger than {} bytes", kMaxConfigBytes));
    loaded.problems = problems.take();
    return loaded;
  }
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    std::size_t nodes = 0;
    if (documents.empty() || documents[0].IsNull()) {
      problems.addWhole("the file is empty; deploy/arrivald.example.yaml shows what may stand in it");
    } else if (documents.size() > 1) {
      problems.addWhole("there is more than one document in the file (a line of --- begins a new one)");
    } else if (!withinBounds(documents[0], 0, nodes)) {
      problems.addWhole(
          fmt::format("nested deeper than {} levels, or more than {} values with all aliases followed",
                      kMaxDepth, kMaxNodes));
    } else {
      auto config = Loader(surroundings, problems).read(documents[0]);
      if (!problems.fatal()) loaded.config = std::move(config);
    }
  } catch (const YAML::Exception& error) {
    auto mark = error.mark;
    if (mark.line < 0) mark = YAML::Mark();
    problems.add(mark, fmt::format("this is no YAML: {}{}", error.msg,
                                   text.find('\t') != std::string_view::npos
                                       ? " (there is a tab in the file; YAML is indented by spaces)"
                                       : ""));
  }
  loaded.problems = problems.take();
  return loaded;
}

Loaded loadFile(const std::string& path, const Surroundings& surroundings) {
  auto text = surroundings.readFile(path);
  if (text) return load(*text, surroundings);
  return {std::nullopt, {{0, 0, text.error().text, false}}};
}

}  // namespace arrivald::config
