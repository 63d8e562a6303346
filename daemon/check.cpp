#include "daemon/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "daemon/daemon.hpp"
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
      : options_(options), environment_(environment), unit_(readUnit(environment.unitFolders)) {}

  Output output() {
    auto loaded = load();
    if (!loaded.config) return failed();
    auto& config = *loaded.config;
    if (const auto listens = tryListeners(config); !listens) problem(listens.error().text);
    placeStore(config);
    if (isOurUnit()) compareWithUnit(config);
    tryStore(config.storePath);
    if (wrong_) return failed();
    output_.out += config::describe(config, SystemClock().now());
    addReach(config);
    addUnit();
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
    output_.err += fmt::format("{}: warning: {}\n", options_.config, text);
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
  for (const auto& one : loaded.problems) output_.err += config::toText(one, options_.config) + '\n';
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
    problem(
        fmt::format("{}: the service does not get the credential {}: run `systemctl edit arrivald` and add "
                    "below [Service] the line LoadCredential={}:/etc/arrivald/{}",
                    key, name, name, name));
    return;
  }
  std::error_code ignored;
  if (!found->second.empty() && !fs::exists(found->second, ignored) && !ignored)
    problem(
        fmt::format("{}: LoadCredential={}:{} names a file that does not exist; systemd does not start the "
                    "service then",
                    key, name, found->second));
}

void Check::compareFile(const std::string& key, const std::string& path) {
  if (path.empty()) return;
  const auto why = unreadableFor(*unit_, path);
  if (why.empty()) return;
  problem(fmt::format(
      "{}: the service cannot read {}: {}. Secrets are handed over with LoadCredential= and named "
      "{{credential: NAME}}; other files need to be readable for the service",
      key, path, why));
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
      problem(
          fmt::format("LoadCredential={}:{} names a file that does not exist, and nothing uses it: systemd "
                      "does not start the service then. Remove the line",
                      name, path));
  }
  compareFile("the configuration", fs::absolute(options_.config).string());
  compareFile("listen.tls.certificate", config.listen.certificateFile);
  compareFile("listen.tls.key", config.listen.keyFile);
  compareFile("event_stream.listen.tls.certificate", config.eventStream.listen.certificateFile);
  compareFile("event_stream.listen.tls.key", config.eventStream.listen.keyFile);
  compareFile("http.ca_file", config.http.caFile);
  if (const auto why = unwritableFor(*unit_, config.storePath); !why.empty())
    problem(
        fmt::format("store.path: nothing can be stored at {}: {}. Leave the key out, or add ReadWritePaths= "
                    "to the unit",
                    config.storePath, why));
}

// Whether a file can be made beside it, and whether what is there is a database.
void Check::tryStore(const std::string& path) {
  if (isOurUnit() && path == unit_->storePath()) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      output_.out += fmt::format("The store {} is made by systemd at the first start.\n", path);
      return;
    }
  }
  if (const auto& unusable = environment_.environment.unusable; unusable) {
    if (const auto why = unusable(path); !why.empty())
      return warning(fmt::format("store.path: {} cannot be tried as this user: {}", path, why));
  }
  const auto probe = path + ".check";
  {
    std::ofstream file(probe);
    file << "arrivald check";
    file.flush();
    if (!file) warning(fmt::format("store.path: nothing can be written beside {}: is the disk full?", path));
  }
  std::error_code ignored;
  fs::remove(probe, ignored);
  std::ifstream file(path, std::ios::binary);
  std::string head(15, '\0');
  if (file && file.read(head.data(), static_cast<std::streamsize>(head.size())) && head != "SQLite format 3")
    problem(fmt::format("store.path: {} is not a database of arrivald: move it away", path));
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
        const auto channels = notify::route(routes, {severity, account.name, rule.name, rule.labels});
        ++all;
        heard += channels.empty() ? 0U : 1U;
        reached.insert(channels.begin(), channels.end());
        if (channels.empty())
          unheard.insert(fmt::format("{} of {} ({})", rule.name, account.name, rules::name(severity)));
      }
  std::string names;
  for (const auto& name : reached) names += (names.empty() ? "" : ", ") + name;
  output_.out +=
      fmt::format("\nReach: of {} kinds of alert (rule, account, severity) {} reach a channel{}{}\n", all,
                  heard, names.empty() ? "" : ": ", names);
  if (unheard.empty()) return;
  std::string first;
  std::size_t count = 0;
  for (const auto& one : unheard)
    if (++count <= 3) first += (first.empty() ? "" : "; ") + one;
  warning(fmt::format("{} kinds of alert reach nobody, such as: {}", unheard.size(), first));
}

void Check::addUnit() {
  if (!unit_)
    output_.out +=
        "Unit: arrivald.service is not installed here, so what the service can read was not checked\n";
  else if (!isOurUnit())
    output_.out +=
        fmt::format("Unit: {} runs {}, not this file, so what the service can read was not checked\n",
                    unit_->path, unit_->configPath);
  else
    output_.out += fmt::format("Unit: {} hands over what this configuration needs\n", unit_->path);
}

}  // namespace

std::vector<std::pair<std::string, const config::SecretValue*>> secretsOf(const config::Config& config) {
  std::vector<std::pair<std::string, const config::SecretValue*>> all;
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
  for (const auto& channel : config.channels)
    all.emplace_back(fmt::format("channels[{}].webhook", channel.name), &channel.webhook);
  if (config.heartbeat) all.emplace_back("heartbeat.url", &config.heartbeat->url);
  if (config.http.proxy) all.emplace_back("http.proxy", &*config.http.proxy);
  if (!config.listen.user.empty()) all.emplace_back("listen.basic_auth.password", &config.listen.password);
  for (const auto& forward : config.eventStream.forward)
    all.emplace_back(fmt::format("event_stream.forward[{}].url", forward.name), &forward.url);
  if (config.causes.languageModel && config.causes.languageModel->key)
    all.emplace_back("causes.language_model.key", &*config.causes.languageModel->key);
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
