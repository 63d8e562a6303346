// BackUps: copies of the store, made beside it while the daemon works.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/task.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct MadeBackup {
  std::string path;
  std::uint64_t bytes = 0;
  std::vector<std::string> removed;  ///< older copies of which there were too many
};

/// Loop thread only.
class BackUps {
 public:
  explicit BackUps(Owners& owners) : owners_(owners) {}
  BackUps(const BackUps&) = delete;
  BackUps& operator=(const BackUps&) = delete;

  /// Copies the database to "backups" beside `storePath`, as arrivald-20261127T070000Z.db (UTC), checks the
  /// copy, and then removes the oldest of these names beyond the `keep` latest. The loop is held for some
  /// milliseconds at a time. Error::Kind::throttled while another copy is being made. Must end before this.
  runtime::Task<Result<MadeBackup>> make(std::string storePath, std::size_t keep);

 private:
  Owners& owners_;
  bool isRunning_ = false;
};

}  // namespace arrivald::watch
