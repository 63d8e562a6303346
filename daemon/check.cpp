#include "daemon/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "daemon/daemon.hpp"
#include "daemon/description.hpp"
#include "daemon/language.hpp"
#include "daemon/limited_transport.hpp"
#include "daemon/server_options.hpp"
#include "http/client.hpp"
#include "notify/route.hpp"

namespace arrivald {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kCredential = "credential ", kFile = "file ";

class Check {
 public:
  Check(const CheckOptions& options, const CheckEnvironment& environment)
      : options_(options),
        environment_(environment),
        unit_(readUnit(environment.unitFolders)),
        words_(notify::Catalogue::of(
            commandLanguage(options.language, options.config, environment.environment))) {}

  Output output() {
    auto loaded = load();
    if (!loaded.config) return failed();
    auto& config = *loaded.config;
    if (const auto listens = tryListeners(config); !listens) problem(words_.say(listens.error().said()));
    placeStore(config);
    if (isOurUnit()) compareWithUnit(config);
    tryStore(config.storePath);
    if (wrong_) return failed();
    output_.out += describe(config, SystemClock().now(), words_.language());
    addReach(config);
    addUnit();
    config.language = words_.language();
    if (options_.online && !checkOnline(config, environment_, output_)) output_.exit = kExitFailed;
    return std::move(output_);
  }

 private:
  Output failed() {
    output_.exit = kExitConfig;
    return std::move(output_);
  }
  void problem(const std::string& text) {
    output_.err += fmt::format("{}: {}\n", options_.config, text);
    wrong_ = true;
  }
  void warning(const std::string& text) {
    output_.err += fmt::format("{}: {}: {}\n", options_.config, say("warning"), text);
  }
  std::string say(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text(fmt::format("check.{}", key), fillings);
  }
  // The unit runs a file of its own; another one is checked for itself.
  bool isOurUnit() const {
    std::error_code ignored;
    return unit_ && (unit_->configPath.empty() || unit_->configPath == options_.config ||
                     fs::equivalent(unit_->configPath, options_.config, ignored));
  }

  config::Loaded load();
  void placeStore(config::Config& config);
  void compareWithUnit(const config::Config& config);
  void compareCredential(const std::string& key, const std::string& name);
  void compareFile(const std::string& key, const std::string& path);
  void tryStore(const std::string& path);
  void addReach(const config::Config& config);
  void addUnit();

  const CheckOptions& options_;
  const CheckEnvironment& environment_;
  const std::optional<Unit> unit_;
  const notify::Catalogue& words_;
  Output output_;
  bool wrong_ = false;
};

// Credentials are read where the unit has them from, if this user may.
config::Loaded Check::load() {
  auto environment = environment_.environment;
  environment.credentialsComeLater = true;
  if (isOurUnit())
    environment.credentialSource = [this](const std::string& name) { return unit_->sourceOf(name); };
  auto loaded = config::loadFile(options_.config, environment);
  for (const auto& one : loaded.problems)
    output_.err += words_.say(config::said(one, options_.config)) + '\n';
  return loaded;
}

// The path that the service will use, whatever folder this command runs in.
void Check::placeStore(config::Config& config) {
  const auto state = environment_.environment.variable("STATE_DIRECTORY");
  const bool byDefault = config.storePath == "./arrivald.db";
  if (byDefault && isOurUnit() && !unit_->storePath().empty() && (!state || state->empty()))
    config.storePath = unit_->storePath();
  else
    config.storePath = fs::absolute(config.storePath).lexically_normal().string();
}

void Check::compareCredential(const std::string& key, const std::string& name) {
  const auto found = unit_->credentials.find(name);
  if (found == unit_->credentials.end()) {
    problem(say("problem.credential", {{"key", key}, {"name", name}}));
    return;
  }
  std::error_code ignored;
  if (!found->second.empty() && !fs::exists(found->second, ignored) && !ignored)
    problem(say("problem.credential_file", {{"key", key}, {"name", name}, {"path", found->second}}));
}

void Check::compareFile(const std::string& key, const std::string& path) {
  if (path.empty()) return;
  const auto why = unreadableFor(*unit_, path, words_);
  if (why.empty()) return;
  problem(say("problem.file",
              {{"key", key}, {"path", path}, {"why", why}, {"credential", "{credential: NAME}"}}));
}

void Check::compareWithUnit(const config::Config& config) {
  std::set<std::string> used;
  for (const auto& [key, secret] : secretsOf(config)) {
    if (secret->place.starts_with(kCredential)) {
      used.insert(secret->place.substr(kCredential.size()));
      compareCredential(key, secret->place.substr(kCredential.size()));
    } else if (secret->place.starts_with(kFile)) {
      compareFile(key, secret->place.substr(kFile.size()));
    }
  }
  for (const auto& [name, path] : unit_->credentials) {
    std::error_code ignored;
    if (!used.contains(name) && !path.empty() && !fs::exists(path, ignored) && !ignored)
      problem(say("problem.unused_credential", {{"name", name}, {"path", path}}));
  }
  compareFile(say("the_configuration"), fs::absolute(options_.config).string());
  compareFile("listen.tls.certificate", config.listen.certificateFile);
  compareFile("listen.tls.key", config.listen.keyFile);
  compareFile("event_stream.listen.tls.certificate", config.eventStream.listen.certificateFile);
  compareFile("event_stream.listen.tls.key", config.eventStream.listen.keyFile);
  if (config.desk) {
    compareFile("desk.listen.tls.certificate", config.desk->listen.certificateFile);
    compareFile("desk.listen.tls.key", config.desk->listen.keyFile);
  }
  compareFile("http.ca_file", config.http.caFile);
  if (const auto why = unwritableFor(*unit_, config.storePath, words_); !why.empty())
    problem(say("problem.store", {{"path", config.storePath}, {"why", why}}));
}

// Whether a file can be made beside it, and whether what is there is a database.
void Check::tryStore(const std::string& path) {
  if (isOurUnit() && path == unit_->storePath()) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      output_.out += say("store_by_systemd", {{"path", path}}) + '\n';
      return;
    }
  }
  if (const auto& unusable = environment_.environment.unusable; unusable) {
    if (const auto why = unusable(path); !why.empty())
      return warning(say("warning.store_user", {{"path", path}, {"why", words_.say(why)}}));
  }
  const auto probe = path + ".check";
  {
    std::ofstream file(probe);
    file << "arrivald check";
    file.flush();
    if (!file) warning(say("warning.store_full", {{"path", path}}));
  }
  std::error_code ignored;
  fs::remove(probe, ignored);
  std::ifstream file(path, std::ios::binary);
  std::string head(15, '\0');
  if (file && file.read(head.data(), static_cast<std::streamsize>(head.size())) && head != "SQLite format 3")
    problem(say("problem.not_a_database", {{"path", path}}));
}

notify::Route routeOf(const config::Route& route) {
  notify::Route one;
  one.minSeverity = route.minSeverity;
  one.accounts = route.accounts;
  one.rules = route.rules;
  one.labels = route.labels;
  one.channels = route.channels;
  one.continueMatching = route.continueMatching;
  return one;
}

bool takes(const config::Config& config, const std::string& channel, rules::Severity severity) {
  const auto found = std::ranges::find(config.channels, channel, &config::Channel::name);
  return found != config.channels.end() && severity >= found->minSeverity;
}

// Proves by the routes themselves that an alert of each rule reaches somebody, and whom.
void Check::addReach(const config::Config& config) {
  std::vector<notify::Route> routes;
  for (const auto& route : config.routes) routes.push_back(routeOf(route));
  std::set<std::string> reached;
  std::size_t heard = 0, all = 0;
  std::set<std::string> unheard;
  for (const auto& account : config.accounts)
    for (const auto& rule : config.rules)
      for (const auto severity : {rules::Severity::warning, rules::Severity::critical}) {
        auto channels = notify::route(routes, {severity, account.name, rule.name, rule.labels});
        std::erase_if(channels, [&](const std::string& name) { return !takes(config, name, severity); });
        ++all;
        heard += channels.empty() ? 0U : 1U;
        reached.insert(channels.begin(), channels.end());
        if (channels.empty())
          unheard.insert(say("reach.kind",
                             {{"rule", rule.name},
                              {"account", account.name},
                              {"severity", words_.text(fmt::format("page.severity.{}", name(severity)))}}));
      }
  std::string names;
  for (const auto& name : reached) names += (names.empty() ? "" : ", ") + name;
  output_.out += '\n' +
                 say("reach", {{"n", std::to_string(all)},
                               {"heard", std::to_string(heard)},
                               {"names", names.empty() ? "" : say("reach.names", {{"names", names}})}}) +
                 '\n';
  if (unheard.empty()) return;
  std::string first;
  std::size_t count = 0;
  for (const auto& one : unheard)
    if (++count <= 3) first += (first.empty() ? "" : "; ") + one;
  warning(say("warning.unheard", {{"n", std::to_string(unheard.size())}, {"first", first}}));
}

void Check::addUnit() {
  if (!unit_)
    output_.out += say("unit.none");
  else if (!isOurUnit())
    output_.out += say("unit.other", {{"path", unit_->path}, {"config", unit_->configPath}});
  else
    output_.out += say("unit.ok", {{"path", unit_->path}});
  output_.out += '\n';
}

}  // namespace

namespace {

// One key for all accounts is named once.
void addSecretsOf(const config::Desk& desk, NamedSecrets& all) {
  std::set<std::string> places;
  for (const auto& [account, key] : desk.deleteKeys)
    if (places.insert(key.place).second) all.emplace_back(fmt::format("desk.delete_key[{}]", account), &key);
  for (const auto& token : desk.tokens)
    all.emplace_back(fmt::format("desk.tokens[{}]", token.user), &token.token);
}

void addSecretsOf(const config::Channel& channel, NamedSecrets& all) {
  const auto key = [&](const char* name) { return fmt::format("channels[{}].{}", channel.name, name); };
  switch (channel.type) {
    case config::ChannelType::slack:
      all.emplace_back(key("webhook"), &channel.webhook);
      break;
    case config::ChannelType::webhook:
      all.emplace_back(key("url"), &channel.webhook);
      all.emplace_back(key("sign_with"), &channel.key);
      break;
    case config::ChannelType::pagerduty:
      all.emplace_back(key("key"), &channel.key);
      break;
    case config::ChannelType::teams:
      all.emplace_back(key("webhook"), &channel.webhook);
      break;
    case config::ChannelType::chatwork:
      all.emplace_back(key("token"), &channel.key);
      break;
  }
}

}  // namespace

NamedSecrets secretsOf(const config::Config& config) {
  NamedSecrets all;
  for (const auto& account : config.accounts) {
    all.emplace_back(fmt::format("accounts[{}].key", account.name), &account.key);
    if (!account.events) continue;
    const auto& events = *account.events;
    if (events.password)
      all.emplace_back(fmt::format("accounts[{}].events.basic_auth.password", account.name),
                       &*events.password);
    if (events.oauth)
      all.emplace_back(fmt::format("accounts[{}].events.oauth.client_secret", account.name),
                       &events.oauth->clientSecret);
  }
  for (const auto& channel : config.channels) addSecretsOf(channel, all);
  if (config.heartbeat) all.emplace_back("heartbeat.url", &config.heartbeat->url);
  if (config.http.proxy) all.emplace_back("http.proxy", &*config.http.proxy);
  if (!config.listen.user.empty()) all.emplace_back("listen.basic_auth.password", &config.listen.password);
  for (const auto& forward : config.eventStream.forward)
    all.emplace_back(fmt::format("event_stream.forward[{}].url", forward.name), &forward.url);
  if (config.causes.languageModel && config.causes.languageModel->key)
    all.emplace_back("causes.language_model.key", &*config.causes.languageModel->key);
  if (config.desk) addSecretsOf(*config.desk, all);
  return all;
}

Output checkOutput(const CheckOptions& options, const CheckEnvironment& environment) {
  return Check(options, environment).output();
}

int check(const CheckOptions& options) {
  CheckEnvironment environment;
  environment.environment = config::Environment::ofProcess();
  environment.unitFolders = systemdFolders();
  environment.makeTransport = [](boost::asio::io_context& io, Clock& clock, const config::Config& config) {
    return std::make_unique<http::Client>(io.get_executor(), clock, clientOptions(config.http));
  };
  const auto output = checkOutput(options, environment);
  std::fputs(output.err.c_str(), stderr);
  std::fputs(output.out.c_str(), stdout);
  return output.exit;
}

}  // namespace arrivald
