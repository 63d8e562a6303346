// backup_command: `arrivald backup` and `arrivald restore`, up to what they print.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "config/load.hpp"
#include "daemon/ask.hpp"
#include "store/backup.hpp"

namespace arrivald {

struct BackupOptions {
  std::string config;
  std::size_t keep = store::kCopiesKept;  ///< copies, the new one included
  std::optional<Language> language;       ///< nothing: see commandLanguage()
};
/// Asks the running daemon for a copy of its store.
Output backupOutput(const BackupOptions& options, const config::Environment& environment);

struct RestoreOptions {
  std::string config;
  std::string copy;
  std::optional<Language> language;
};
/// Puts a copy in the place of the store that the configuration, or else the unit, names. The daemon must be
/// stopped.
Output restoreOutput(const RestoreOptions& options, const config::Environment& environment,
                     const std::vector<std::string>& unitFolders);

}  // namespace arrivald
