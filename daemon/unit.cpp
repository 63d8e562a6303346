#include "daemon/unit.hpp"

#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace arrivald {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "arrivald.service";

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

bool isYes(std::string_view value) {
  return value == "yes" || value == "true" || value == "1" || value == "on";
}

std::vector<std::string> wordsOf(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// A directory's files are credentials of their own.
void load(Unit& unit, const std::string& value) {
  const auto colon = value.find(':');
  const auto id = value.substr(0, colon), path = colon == std::string::npos ? id : value.substr(colon + 1);
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    // Without a path from the root systemd looks in its own stores.
    unit.credentials[id] = path.starts_with('/') ? path : "";
    return;
  }
  for (const auto& entry : fs::directory_iterator(path, ignored))
    unit.credentials[id + "_" + entry.path().filename().string()] = entry.path().string();
}

void assign(Unit& unit, const std::string& key, const std::string& value) {
  if (key == "LoadCredential") {
    if (value.empty())
      unit.credentials.clear();
    else
      load(unit, value);
  } else if (key == "LoadCredentialEncrypted" || key == "SetCredential" || key == "SetCredentialEncrypted") {
    if (!value.empty()) unit.credentials[value.substr(0, value.find(':'))] = "";
  } else if (key == "ExecStart") {
    const auto words = wordsOf(value);
    const auto run = std::ranges::find(words, "run");
    if (run != words.end() && run + 1 != words.end()) unit.configPath = *(run + 1);
  } else if (key == "User") {
    unit.user = value == "root" ? "" : value;
  } else if (key == "DynamicUser") {
    unit.dynamicUser = isYes(value);
  } else if (key == "StateDirectory") {
    const auto words = wordsOf(value);
    unit.stateDirectory = words.empty() ? "" : words.front();
  } else if (key == "ReadWritePaths") {
    const auto words = wordsOf(value);
    unit.readWritePaths.insert(unit.readWritePaths.end(), words.begin(), words.end());
  } else if (key == "ProtectSystem") {
    unit.protectSystem = value == "strict";
  } else if (key == "ProtectHome") {
    unit.protectHome = isYes(value) || value == "tmpfs";
  } else if (key == "LimitNOFILE") {
    const auto soft = value.substr(0, value.find(':'));
    unit.files = std::strtoull(soft.c_str(), nullptr, 10);
  } else if (key == "PrivateTmp") {
    unit.privateTmp = isYes(value);
  }
}

// Comments, sections and lines that a backslash continues, as systemd.syntax(7) says.
void readFile(Unit& unit, const std::string& path) {
  std::ifstream file(path);
  bool service = false;
  std::string line, whole;
  while (std::getline(file, line)) {
    if (whole.empty() && (trimmed(line).starts_with('#') || trimmed(line).starts_with(';'))) continue;
    if (line.ends_with('\\')) {
      whole += line.substr(0, line.size() - 1) + ' ';
      continue;
    }
    whole = trimmed(whole + line);
    if (whole.starts_with('[')) service = whole == "[Service]";
    const auto equals = whole.find('=');
    if (service && equals != std::string::npos)
      assign(unit, trimmed(whole.substr(0, equals)), trimmed(whole.substr(equals + 1)));
    whole.clear();
  }
}

// By name; of two with one name the stronger folder's.
std::map<std::string, std::string> dropIns(const std::vector<std::string>& folders) {
  std::map<std::string, std::string> found;
  std::error_code ignored;
  for (const auto& folder : folders)
    for (const auto& entry : fs::directory_iterator(folder + "/" + kName + ".d", ignored))
      if (entry.path().extension() == ".conf")
        found.emplace(entry.path().filename().string(), entry.path().string());
  return found;
}

bool isBelow(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder.ends_with('/') ? folder : folder + "/");
}

struct Ids {
  uid_t user = 0;
  gid_t group = 0;
};

// What a user other than root may do with a file, by its mode: whether all these of "rwx". Access lists are
// not looked at.
bool allows(const struct stat& status, const std::optional<Ids>& user, mode_t wanted) {
  const mode_t have = user && status.st_uid == user->user    ? status.st_mode >> 6
                      : user && status.st_gid == user->group ? status.st_mode >> 3
                                                             : status.st_mode;
  return (have & wanted) == wanted;
}

constexpr mode_t kRead = 4, kEnter = 1;

// The part of `path` that is the folder of the unit's state; empty if it lies elsewhere.
std::string stateFolderOf(const Unit& unit, const std::string& path) {
  if (unit.stateDirectory.empty()) return {};
  for (const auto* above : {"/var/lib/", "/var/lib/private/"})
    if (const auto folder = above + unit.stateDirectory; isBelow(path, folder)) return folder;
  return {};
}

}  // namespace

std::optional<std::string> Unit::sourceOf(const std::string& credential) const {
  const auto found = credentials.find(credential);
  if (found == credentials.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string Unit::storePath() const {
  return stateDirectory.empty() ? "" : "/var/lib/" + stateDirectory + "/arrivald.db";
}

std::vector<std::string> systemdFolders() {
  return {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
          "/usr/lib/systemd/system", "/lib/systemd/system"};
}

std::optional<Unit> readUnit(const std::vector<std::string>& folders) {
  std::error_code ignored;
  const auto folder = std::ranges::find_if(
      folders, [&](const auto& one) { return fs::is_regular_file(one + "/" + kName, ignored); });
  if (folder == folders.end()) return std::nullopt;
  Unit unit;
  unit.path = *folder + "/" + kName;
  readFile(unit, unit.path);
  for (const auto& [name, path] : dropIns(folders)) readFile(unit, path);
  return unit;
}

config::Environment operatorsEnvironment() {
  auto environment = config::Environment::ofProcess();
  environment.credentialsComeLater = true;
  if (auto unit = readUnit(systemdFolders()))
    environment.credentialSource = [unit = std::move(*unit)](const std::string& name) {
      return unit.sourceOf(name);
    };
  return environment;
}

std::string storePathOf(const std::string& configPath, config::Environment environment,
                        const std::optional<Unit>& unit) {
  environment.credentialsComeLater = true;
  const auto loaded = config::loadFile(configPath, environment);
  const auto path = loaded.config ? loaded.config->storePath : std::string();
  const bool isNamed = !path.empty() && path != "./arrivald.db";
  if (isNamed) return fs::absolute(path).lexically_normal().string();
  const bool isUnits =
      unit && !unit->storePath().empty() &&
      fs::absolute(configPath).lexically_normal() == fs::path(unit->configPath).lexically_normal();
  if (isUnits) return unit->storePath();
  return loaded.config ? fs::absolute(path).lexically_normal().string() : std::string();
}

std::string unreadableFor(const Unit& unit, const std::string& path, const notify::Catalogue& words) {
  if (unit.protectHome && (isBelow(path, "/home") || isBelow(path, "/root") || isBelow(path, "/run/user")))
    return words.text("check.unit.protect_home");
  if (unit.privateTmp && (isBelow(path, "/tmp") || isBelow(path, "/var/tmp")))
    return words.text("check.unit.private_tmp");
  if (unit.user.empty() && !unit.dynamicUser) return {};
  std::optional<Ids> user;
  if (!unit.user.empty())
    if (const auto* entry = getpwnam(unit.user.c_str())) user = Ids{entry->pw_uid, entry->pw_gid};
  const auto who = unit.user.empty() || !user ? words.text("check.unit.service_user")
                                              : words.text("check.unit.user", {{"user", unit.user}});
  // systemd gives this folder to the service, and what is in it at the first start as well.
  const auto state = stateFolderOf(unit, path);
  if (struct stat status{}; !state.empty()) {
    if (stat(state.c_str(), &status) != 0 || (unit.dynamicUser && status.st_uid == 0)) return {};
    user = Ids{status.st_uid, status.st_gid};
  }
  const fs::path whole(path);
  fs::path part;
  for (const auto& piece : whole) {
    part /= piece;
    if (isBelow(state, part.string())) continue;
    struct stat status{};
    if (stat(part.c_str(), &status) != 0) return {};
    const bool last = part == whole;
    const mode_t wanted = !last ? kEnter : S_ISDIR(status.st_mode) ? kRead | kEnter : kRead;
    if (allows(status, user, wanted)) continue;
    return last ? words.text("check.unit.may_not_read", {{"who", who}})
                : words.text("check.unit.may_not_enter", {{"who", who}, {"path", part.string()}});
  }
  return {};
}

std::string unwritableFor(const Unit& unit, const std::string& path, const notify::Catalogue& words) {
  if (!stateFolderOf(unit, path).empty()) return {};
  const bool listed =
      std::ranges::any_of(unit.readWritePaths, [&](const auto& folder) { return isBelow(path, folder); });
  if (unit.protectSystem && !listed) return words.text("check.unit.protect_system");
  if (unit.protectHome && isBelow(path, "/home")) return words.text("check.unit.protect_home");
  return {};
}

}  // namespace arrivald
