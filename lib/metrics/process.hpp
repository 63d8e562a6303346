// process: what the kernel says about ourselves, from /proc.
#pragma once

#include <cstdint>
#include <optional>

namespace arrivald::metrics {

/// Nothing for what cannot be read, as where /proc is hidden.
struct Process {
  std::optional<double> cpuSeconds;  ///< user and system
  std::optional<std::int64_t> residentBytes;
  std::optional<std::int64_t> virtualBytes;
  std::optional<std::int64_t> threads;
  std::optional<double> startSeconds;  ///< since 1970
  std::optional<std::int64_t> openFiles;
  std::optional<std::int64_t> maxFiles;  ///< the soft limit; nothing if unlimited
};
Process readProcess();

}  // namespace arrivald::metrics
