#include "daemon/doctor.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/printable.hpp"
#include "daemon/json_answer.hpp"
#include "daemon/language.hpp"
#include "daemon/limited_transport.hpp"
#include "daemon/systemd.hpp"
#include "dns/system_resolver.hpp"
#include "http/client.hpp"
#include "store/backup.hpp"
#include "store/lock_holder.hpp"

namespace arrivald {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Verdict = Finding::Result;

namespace {

// The order in which people read them: what stands above explains what stands below.
constexpr std::string_view kGroups[] = {"configuration", "secrets", "provider", "channels",
                                        "machine",       "service", "domains"};
constexpr std::uint64_t kLittle = std::uint64_t{1} << 30, kHardlyAny = std::uint64_t{100} << 20;
constexpr double kLowShare = 0.05, kHardlyShare = 0.01;
constexpr Duration kClockWarning = std::chrono::seconds(10), kClockFailed = std::chrono::seconds(120);
constexpr std::size_t kFewFiles = 4096;

class Doctor {
 public:
  Doctor(const DoctorOptions& options, const DoctorEnvironment& environment)
      : options_(options),
        environment_(environment),
        words_(notify::Catalogue::of(
            commandLanguage(options.language, options.config, environment.check.environment))),
        unit_(readUnit(environment.check.unitFolders)) {}

  Output output() {
    const auto loaded = load();
    lookAtConfiguration(loaded);
    std::vector<ClockReading> readings;
    if (loaded.config) {
      auto config = *loaded.config;
      config.language = words_.language();
      if (options_.offline)
        skip("provider", "keys", "offline");
      else
        readings = lookOnline(config, environment_, findings_);
      lookAtChannels(config);
      if (!options_.offline) lookAtDomains(config, environment_, findings_);
    }
    lookAtClock(readings);
    lookAtStore();
    lookAtUnit();
    lookAtDaemon();
    std::ranges::stable_sort(findings_, {}, [](const Finding& one) {
      return std::ranges::find(kGroups, one.group) - std::begin(kGroups);
    });
    return {exitCode(), options_.json ? json() : text(), ""};
  }

 private:
  using Fillings = std::initializer_list<notify::Filling>;
  // The text under "doctor.CHECK.WORD", and the remedy under "….todo", if there is one.
  void add(const char* group, const char* check, Verdict result, std::string_view word,
           Fillings fillings = {}) {
    const auto key = fmt::format("doctor.{}.{}", check, word), todo = key + ".todo";
    findings_.push_back({group, check, result, words_.text(key, fillings),
                         words_.has(todo) ? words_.text(todo, fillings) : ""});
  }
  void skip(const char* group, const char* check, std::string_view word, Fillings fillings = {}) {
    add(group, check, Verdict::skipped, word, fillings);
    findings_.back().isBlind = true;
  }

  config::Loaded load() const;
  void lookAtConfiguration(const config::Loaded& loaded);
  void lookAtSecrets(const config::Loaded& loaded, std::size_t unread);
  void lookAtChannels(const config::Config& config);
  void lookAtClock(const std::vector<ClockReading>& readings);
  void lookAtStore();
  void lookAtRoom(const std::string& path);
  void lookAtUnit();
  void lookAtDaemon();
  int exitCode() const;
  std::string text() const;
  std::string json() const;

  const DoctorOptions& options_;
  const DoctorEnvironment& environment_;
  const notify::Catalogue& words_;
  const std::optional<Unit> unit_;
  std::vector<Finding> findings_;
};

config::Loaded Doctor::load() const {
  auto environment = environment_.check.environment;
  environment.credentialsComeLater = true;
  if (unit_) environment.credentialSource = [this](const std::string& name) { return unit_->sourceOf(name); };
  return config::loadFile(options_.config, environment);
}

// Of a secret that this user may not read, or that systemd does not hand over yet. A warning is what is wrong
// behind its place in the file.
bool isUnread(const config::Problem& problem) {
  constexpr std::string_view kNotChecked = "not checked, since";
  const auto& parts = problem.what.arguments();
  const auto& what = parts.empty() ? problem.what : parts.back();
  return problem.warning && what.pattern().starts_with(kNotChecked);
}

// What `arrivald check` finds, but for secrets that this user may not read: these are no mistake.
void Doctor::lookAtConfiguration(const config::Loaded& loaded) {
  std::set<std::string> unread;
  for (const auto& problem : loaded.problems)
    if (isUnread(problem)) unread.insert(words_.say(config::said(problem, options_.config)));
  CheckOptions options;
  options.config = options_.config;
  options.language = words_.language();
  const auto checked = checkOutput(options, environment_.check);
  const auto warning = fmt::format(": {}: ", words_.text("check.warning"));
  bool sound = true;
  for (std::size_t begin = 0; begin < checked.err.size();) {
    const auto end = std::min(checked.err.find('\n', begin), checked.err.size());
    auto line = checked.err.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || unread.contains(line)) continue;
    sound = false;
    const bool isWarning = line.find(warning) != std::string::npos;
    findings_.push_back(
        {"configuration", "file", isWarning ? Verdict::warning : Verdict::failed, std::move(line)});
  }
  if (sound)
    add("configuration", "file", Verdict::ok, unit_ ? "ok" : "ok_without_unit", {{"file", options_.config}});
  lookAtSecrets(loaded, unread.size());
}

void Doctor::lookAtSecrets(const config::Loaded& loaded, std::size_t unread) {
  const auto n = std::to_string(loaded.sources.size());
  if (unread > 0)
    skip("secrets", "secrets", "unread", {{"n", std::to_string(unread)}, {"all", n}});
  else if (!loaded.sources.empty() && loaded.config)
    add("secrets", "secrets", Verdict::ok, "ok", {{"n", n}});
}

void Doctor::lookAtChannels(const config::Config& config) {
  if (config.channels.empty()) add("channels", "channels", Verdict::failed, "none");
  for (const auto& channel : config.channels)
    if (channel.type != config::ChannelType::slack)
      add("channels", "channels", Verdict::skipped, "unasked", {{"channel", channel.name}});
  if (config.heartbeat)
    add("channels", "heartbeat", Verdict::skipped, "unasked");
  else
    add("channels", "heartbeat", Verdict::advice, "none");
}

// The furthest reading counts: one machine with a wrong clock is this one or theirs, and theirs are many.
void Doctor::lookAtClock(const std::vector<ClockReading>& readings) {
  if (readings.empty()) return skip("machine", "clock", "unknown");
  auto sorted = readings;
  std::ranges::sort(sorted, {}, [](const ClockReading& one) { return one.ahead; });
  const auto& median = sorted[sorted.size() / 2];
  const auto off = std::chrono::abs(median.ahead);
  const auto verdict = off >= kClockFailed    ? Verdict::failed
                       : off >= kClockWarning ? Verdict::warning
                                              : Verdict::ok;
  const auto* word = verdict == Verdict::ok ? "ok" : median.ahead.count() > 0 ? "ahead" : "behind";
  add("machine", "clock", verdict, word, {{"off", words_.duration(off)}, {"host", median.host}});
}

// A store that the daemon has open is checked by the daemon: nobody else may read it.
void Doctor::lookAtStore() {
  auto path = storePathOf(options_.config, environment_.check.environment, unit_);
  // Of a file with mistakes: where it is unless the file says otherwise.
  if (path.empty() && unit_) path = unit_->storePath();
  if (path.empty()) return skip("machine", "store", "unknown");
  std::error_code failure;
  const bool exists = fs::exists(path, failure);
  if (failure)
    skip("machine", "store", "unreadable", {{"path", path}});
  else if (!exists)
    add("machine", "store", Verdict::ok, "none", {{"path", path}});
  else if (store::lockHolder(path))
    add("machine", "store", Verdict::ok, "in_use", {{"path", path}});
  else if (const auto checked = store::checkBackup(path); checked)
    add("machine", "store", Verdict::ok, "ok", {{"path", path}});
  else if (checked.error().kind == Error::Kind::damaged || checked.error().kind == Error::Kind::invalid)
    add("machine", "store", Verdict::failed, "damaged", {{"why", words_.say(checked.error().said())}});
  else
    skip("machine", "store", "unreadable", {{"path", path}});
  lookAtRoom(path);
}

void Doctor::lookAtRoom(const std::string& path) {
  fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  while (folder.has_relative_path() && !fs::exists(folder, ignored)) folder = folder.parent_path();
  const auto room = environment_.roomAt(folder.string());
  if (!room) return skip("machine", "disk", "unknown", {{"path", folder.string()}});
  const auto left = words_.number(static_cast<double>(room->bytes >> 20));
  const auto verdict = room->bytes < kHardlyAny || room->share < kHardlyShare ? Verdict::failed
                       : room->bytes < kLittle || room->share < kLowShare     ? Verdict::warning
                                                                              : Verdict::ok;
  add("machine", "disk", verdict, verdict == Verdict::ok ? "ok" : "low",
      {{"path", folder.string()}, {"mb", left}, {"share", words_.percent(room->share)}});
  const auto files = room->files < kHardlyShare ? Verdict::failed
                     : room->files < kLowShare  ? Verdict::warning
                                                : Verdict::ok;
  add("machine", "inodes", files, files == Verdict::ok ? "ok" : "low",
      {{"path", folder.string()}, {"share", words_.percent(room->files)}});
}

void Doctor::lookAtUnit() {
  const auto state = environment_.unitState();
  if (!unit_) return add("service", "unit", Verdict::skipped, "none");
  if (unit_->files > 0 && unit_->files < kFewFiles)
    add("service", "file_limit", Verdict::warning, "low", {{"n", std::to_string(unit_->files)}});
  if (!state) return skip("service", "unit", "unknown", {{"path", unit_->path}});
  if (state->active == "failed")
    add("service", "unit", Verdict::failed, "failed");
  else if (state->active != "active" && state->active != "reloading" && state->active != "activating")
    add("service", "unit", Verdict::failed, "stopped");
  else if (state->enabled == "disabled")
    add("service", "unit", Verdict::warning, "disabled");
  else
    add("service", "unit", Verdict::ok, "ok", {{"path", unit_->path}});
}

void Doctor::lookAtDaemon() {
  const auto answer = environment_.ask(words_.language() == Language::english ? "/api/status?lang=en"
                                                                              : "/api/status?lang=ja");
  if (answer.exit != kExitOk) {
    // The first line says what is wrong, the others what to do.
    const auto end = std::min(answer.error.find('\n'), answer.error.size());
    add("service", "daemon", Verdict::failed, "silent", {{"why", answer.error.substr(0, end)}});
    auto todo = answer.error.substr(std::min(end + 1, answer.error.size()));
    while (todo.ends_with('\n')) todo.pop_back();
    findings_.back().todo = todo;
    return;
  }
  const auto status = ordered_json::parse(answer.body, nullptr, false);
  const auto version = json_answer::text(status, "version");
  if (version != kVersion)
    add("service", "daemon", Verdict::warning, "old", {{"running", version}, {"here", kVersion}});
  else
    add("service", "daemon", Verdict::ok, "ok", {{"version", version}});
  for (const auto& problem : json_answer::at(status, "problems")) {
    const auto severity = json_answer::text(problem, "severity");
    // A note, such as that the start was a minute ago, is nothing that is to be done.
    findings_.push_back({"service", "status",
                         severity == "critical"  ? Verdict::failed
                         : severity == "warning" ? Verdict::warning
                                                 : Verdict::advice,
                         json_answer::text(problem, "text")});
  }
}

int Doctor::exitCode() const {
  const auto isFinding = [](const Finding& one) {
    return one.result == Verdict::warning || one.result == Verdict::failed;
  };
  if (std::ranges::any_of(findings_, isFinding)) return kDoctorFinding;
  return std::ranges::any_of(findings_, &Finding::isBlind) ? kDoctorBlind : kDoctorSound;
}

std::string Doctor::text() const {
  std::string lines, group;
  std::map<Verdict, std::size_t> counts;
  for (const auto& one : findings_) {
    if (one.group != group) {
      lines += fmt::format("{}{}\n", group.empty() ? "" : "\n", words_.text("doctor.group." + one.group));
      group = one.group;
    }
    lines += fmt::format("  {}: {}\n", words_.text(fmt::format("doctor.result.{}", name(one.result))),
                         printable(one.text));
    if (!one.todo.empty()) lines += fmt::format("    → {}\n", printable(one.todo));
    ++counts[one.result];
  }
  const auto count = [&](Verdict result) { return std::to_string(counts[result]); };
  return lines + '\n' +
         words_.text("doctor.counts", {{"ok", count(Verdict::ok)},
                                       {"warning", count(Verdict::warning)},
                                       {"failed", count(Verdict::failed)},
                                       {"advice", count(Verdict::advice)},
                                       {"skipped", count(Verdict::skipped)}}) +
         '\n';
}

std::string Doctor::json() const {
  ordered_json root;
  root["version"] = kVersion;
  root["exit"] = exitCode();
  auto& checks = root["checks"] = ordered_json::array();
  for (const auto& one : findings_) {
    ordered_json check{
        {"group", one.group}, {"check", one.check}, {"result", name(one.result)}, {"text", one.text}};
    if (!one.todo.empty()) check["todo"] = one.todo;
    if (one.isBlind) check["could_not_look"] = true;
    checks.push_back(std::move(check));
  }
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string_view name(Finding::Result result) {
  switch (result) {
    case Verdict::ok:
      return "ok";
    case Verdict::advice:
      return "advice";
    case Verdict::warning:
      return "warning";
    case Verdict::failed:
      return "failed";
    case Verdict::skipped:
      break;
  }
  return "skipped";
}

Output doctorOutput(const DoctorOptions& options, const DoctorEnvironment& environment) {
  return Doctor(options, environment).output();
}

DoctorEnvironment doctorEnvironment(const DoctorOptions& options) {
  static SystemClock clock;
  DoctorEnvironment environment;
  environment.check.environment = config::Environment::ofProcess();
  environment.check.unitFolders = systemdFolders();
  environment.check.makeTransport = [](boost::asio::io_context& io, Clock& by, const config::Config& config) {
    return std::make_unique<http::Client>(io.get_executor(), by, clientOptions(config.http));
  };
  environment.clock = &clock;
  environment.ask = [options](const std::string& target) {
    return askDaemon(options.config, "GET", target, operatorsEnvironment(), options.language);
  };
  environment.roomAt = [](const std::string& path) -> std::optional<Room> {
    struct statvfs found{};
    if (statvfs(path.c_str(), &found) != 0 || found.f_blocks == 0) return std::nullopt;
    const auto share = [](auto part, auto whole) {
      return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    return Room{std::uint64_t{found.f_bavail} * found.f_frsize, share(found.f_bavail, found.f_blocks),
                share(found.f_favail, found.f_files)};
  };
  environment.unitState = []() -> std::optional<UnitState> {
    const auto state = systemd::stateOf("arrivald.service");
    if (!state) return std::nullopt;
    return UnitState{state->first, state->second};
  };
  environment.makeResolver = [](boost::asio::io_context& io, Clock& by) -> std::unique_ptr<dns::Resolver> {
    return std::make_unique<dns::SystemResolver>(io.get_executor(), by, dns::SystemResolver::Options());
  };
  return environment;
}

}  // namespace arrivald
