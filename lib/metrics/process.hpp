// process: resource usage of this process, from /proc.
#pragma once

#include <cstdint>
#include <optional>

namespace arrivald::metrics {

/// Values that cannot be read are empty, for example if /proc is hidden.
struct Process {
  std::optional<double> cpuSeconds;  ///< user and system
  std::optional<std::int64_t> residentBytes;
  std::optional<std::int64_t> virtualBytes;
  std::optional<std::int64_t> threads;
  std::optional<double> startSeconds;  ///< seconds since 1970
  std::optional<std::int64_t> openFiles;
  std::optional<std::int64_t> maxFiles;  ///< the soft limit; empty if unlimited
};
Process readProcess();

}  // namespace arrivald::metrics
