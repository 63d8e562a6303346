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
    if (isOurUnit()) compareWithUnit(loaded);
    tryStore(config.storePath);
    if (wrong_) return failed();
    output_.out += describe(config, SystemClock().now(), words_.language());
    addReach(config);
    addUnit();
    config.language = words_.language();
    if (options_.online) addOnline(config);
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
  void compareWithUnit(const config::Loaded& loaded);
  std::string notHandedOver(const config::NamedSource& source) const;
  void compareFile(const std::string& key, const std::string& path);
  void compareFolder(const std::string& key, const std::string& path);
  void compareReports(const std::string& path);
  void tryStore(const std::string& path);
  void addReach(const config::Config& config);
  void addUnit();
  void addOnline(const config::Config& config);

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
  // That a credential was not tried says less than that the service does not get it.
  const auto isToldBetter = [&](const config::Problem& one) {
    return one.warning && loaded.config && isOurUnit() &&
           std::ranges::any_of(loaded.sources, [&](const auto& source) {
             return source.line == one.line && source.column == one.column && !notHandedOver(source).empty();
           });
  };
  for (const auto& one : loaded.problems)
    if (!isToldBetter(one)) output_.err += words_.say(config::said(one, options_.config)) + '\n';
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

// Why the service gets no such credential; empty if it does, or if it is none.
std::string Check::notHandedOver(const config::NamedSource& source) const {
  if (!source.place.starts_with(kCredential)) return {};
  const auto name = source.place.substr(kCredential.size());
  const auto found = unit_->credentials.find(name);
  if (found == unit_->credentials.end())
    return say("problem.credential", {{"key", source.key}, {"name", name}});
  std::error_code ignored;
  if (found->second.empty() || fs::exists(found->second, ignored) || ignored) return {};
  return say("problem.credential_file", {{"key", source.key}, {"name", name}, {"path", found->second}});
}

void Check::compareFile(const std::string& key, const std::string& path) {
  if (path.empty()) return;
  const auto why = unreadableFor(*unit_, path, words_);
  if (why.empty()) return;
  problem(say("problem.file",
              {{"key", key}, {"path", path}, {"why", why}, {"credential", "{credential: NAME}"}}));
}

void Check::compareFolder(const std::string& key, const std::string& path) {
  if (path.empty()) return;
  std::error_code failure;
  const auto status = fs::status(path, failure);
  if (const auto why = unreadableFor(*unit_, path, words_); !why.empty())
    problem(say("problem.folder", {{"key", key}, {"path", path}, {"why", why}}));
  else if (status.type() == fs::file_type::not_found)
    problem(say("problem.no_folder", {{"key", key}, {"path", path}}));
  else if (fs::exists(status) && !fs::is_directory(status))
    problem(say("problem.is_no_folder", {{"key", key}, {"path", path}}));
}

// The two folders of a Maildir that are read have modes of their own: mail programs make them for their user.
void Check::compareReports(const std::string& path) {
  compareFolder("dmarc.directory", path);
  std::error_code ignored;
  const bool isMaildir = fs::is_directory(path + "/new", ignored) && fs::is_directory(path + "/cur", ignored);
  if (path.empty() || !isMaildir || !unreadableFor(*unit_, path, words_).empty()) return;
  for (const auto* part : {"/new", "/cur"}) compareFolder("dmarc.directory", path + part);
}

void Check::compareWithUnit(const config::Loaded& loaded) {
  const auto& config = *loaded.config;
  std::set<std::string> used, compared;
  for (const auto& source : loaded.sources) {
    compared.insert(source.key);
    if (source.place.starts_with(kCredential)) used.insert(source.place.substr(kCredential.size()));
    if (const auto why = notHandedOver(source); !why.empty()) problem(why);
    if (source.place.starts_with(kFile)) compareFile(source.key, source.place.substr(kFile.size()));
  }
  for (const auto& [name, path] : unit_->credentials) {
    std::error_code ignored;
    if (!used.contains(name) && !path.empty() && !fs::exists(path, ignored) && !ignored)
      problem(say("problem.unused_credential", {{"name", name}, {"path", path}}));
  }
  compareFile(say("the_configuration"), fs::absolute(options_.config).string());
  const auto compareTls = [&](const std::string& key, const config::Listen& listen) {
    if (!compared.contains(key + ".tls.certificate"))
      compareFile(key + ".tls.certificate", listen.certificateFile);
    if (!compared.contains(key + ".tls.key")) compareFile(key + ".tls.key", listen.keyFile);
  };
  compareTls("listen", config.listen);
  compareTls("event_stream.listen", config.eventStream.listen);
  if (config.desk) compareTls("desk.listen", config.desk->listen);
  if (!compared.contains("http.ca_file")) compareFile("http.ca_file", config.http.caFile);
  if (config.dmarc) compareReports(config.dmarc->directory);
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
  // The program makes the file, not the folder.
  const auto folder = fs::path(path).parent_path();
  std::error_code failure;
  const auto there = fs::status(folder, failure);
  if (there.type() == fs::file_type::not_found)
    return problem(say("problem.no_store_folder", {{"path", folder.string()}}));
  if (fs::exists(there) && !fs::is_directory(there))
    return problem(say("problem.is_no_folder", {{"key", "store.path"}, {"path", folder.string()}}));
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

void Check::addOnline(const config::Config& config) {
  output_.out += '\n' + words_.text("check.online") + '\n';
  for (const auto& one : checkOnline(config, environment_)) {
    const bool works = one.result == OnlineFinding::Result::works;
    auto& said = works ? output_.out : output_.err;
    said += one.text + '\n';
    if (!one.todo.empty()) said += "  " + one.todo + '\n';
    if (!works) output_.exit = kExitFailed;
  }
}

}  // namespace

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
  // The plan is long: what is wrong with it stands where people look, at the end.
  std::fputs(output.out.c_str(), stdout);
  std::fflush(stdout);
  if (!output.out.empty() && !output.err.empty()) std::fputs("\n", stderr);
  std::fputs(output.err.c_str(), stderr);
  return output.exit;
}

}  // namespace arrivald
