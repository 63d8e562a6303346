// ask: sends one request to the running daemon's listener.
#pragma once

#include <string>

#include "daemon/commands.hpp"

namespace arrivald {

struct DaemonAnswer {
  int exit = kExitOk;
  unsigned status = 0;
  std::string body;
};

/// Errors are printed to standard error and set `exit`.
DaemonAnswer askDaemon(const std::string& configPath, const std::string& method, const std::string& target);

}  // namespace arrivald
