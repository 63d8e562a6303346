// LockHolder: which process has a database locked, so that the error can name it.
#pragma once

#include <optional>
#include <string>

#include "base/phrase.hpp"

namespace arrivald::store {

struct LockHolder {
  int process = 0;           ///< 0: not known, such as one of another container
  std::string program = {};  ///< "arrivald", "sqlite3"; empty if it is not known
  bool onlyReads = false;    ///< its lock keeps others from writing only
  /// Whether another arrivald may have the database: two that share it would notify twice.
  bool mayBeArrivald() const { return !onlyReads || program == "arrivald"; }
};

/// Another process that holds a lock on the database at `path`; nothing if none does, or that cannot be
/// asked. Never this process, and only while this process has no connection to the file.
std::optional<LockHolder> lockHolder(const std::string& path);

/// "another arrivald (process 4711) is using …", with the remedy.
Phrase lockedBy(const std::optional<LockHolder>& holder, const std::string& path);

}  // namespace arrivald::store
