// ask: one question to the running daemon, over its own listener.
#pragma once

#include <string>

#include "daemon/commands.hpp"

namespace arrivald {

struct DaemonAnswer {
  int exit = kExitOk;
  unsigned status = 0;
  std::string body;
};

/// What goes wrong is told on standard error, and in `exit`.
DaemonAnswer askDaemon(const std::string& configPath, const std::string& method, const std::string& target);

}  // namespace arrivald
