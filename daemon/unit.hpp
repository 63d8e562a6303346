// Unit: the systemd unit that runs the daemon, as far as it decides what the daemon can read and write.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

struct Unit {
  std::string path;        ///< of the unit's own file
  std::string configPath;  ///< of ExecStart=
  /// By name: the file that systemd reads it from; empty if that cannot be read here (encrypted, or set in
  /// the unit). Files of a directory are named ID_FILE.
  std::map<std::string, std::string> credentials;
  std::string user;  ///< empty: root
  bool dynamicUser = false;
  std::string stateDirectory;  ///< relative to /var/lib
  std::vector<std::string> readWritePaths;
  bool protectSystem = false;  ///< strict: only the state directory and readWritePaths can be written
  bool protectHome = false;
  bool privateTmp = false;
  std::size_t files = 0;  ///< LimitNOFILE=; 0: not limited by the unit

  /// Where systemd reads a credential from; nothing if the unit has none of this name, or it cannot be read
  /// here.
  std::optional<std::string> sourceOf(const std::string& credential) const;
  /// Where the state is kept unless the configuration says otherwise; empty without StateDirectory=.
  std::string storePath() const;
};

/// The folders in which systemd looks for units, the strongest first.
std::vector<std::string> systemdFolders();

/// arrivald.service and its drop-ins in these folders; nothing if it is not installed.
std::optional<Unit> readUnit(const std::vector<std::string>& folders);

/// That of this process, as an operator has it: credentials are read where the unit has them from, if this
/// user may.
config::Environment operatorsEnvironment();

/// The service's store, whatever folder a command runs in; empty if that cannot be read. Errors of the file
/// itself, such as a key that is missing, do not matter here.
std::string storePathOf(const std::string& configPath, config::Environment environment,
                        const std::optional<Unit>& unit);

/// Why the service cannot read a file that this user can; empty if it can, or if that is not known.
std::string unreadableFor(const Unit& unit, const std::string& path, const notify::Catalogue& words);

/// Why the service cannot keep its state at an absolute path; empty if it can, or if that is not known.
std::string unwritableFor(const Unit& unit, const std::string& path, const notify::Catalogue& words);

}  // namespace arrivald
