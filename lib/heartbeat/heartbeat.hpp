// heartbeat: tells a dead man's switch that the watch is alive, so that somebody hears when it is not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"

namespace arrivald::heartbeat {

/// What one job last achieved, as far as the switch is concerned.
struct Round {
  std::string job;  ///< "main statistics"
  std::optional<Instant> succeeded;
  Duration every;       ///< how often it ought to
  std::string failure;  ///< kind of the last round's failure; empty if it succeeded
};

/// Whether to ping, and if not, why.
struct Health {
  bool healthy = false;
  std::string reason;  ///< empty when healthy: "main statistics last succeeded 14m ago, due every 1m"
};

/// Healthy is: there is at least one round, none has just failed, and each succeeded within `patience` times
/// its period plus a minute (so that a job which hangs counts as well). A success in the future, after a step
/// of the clock, is no success.
Health healthOf(const std::vector<Round>& rounds, Instant now, int patience = 3);

enum class Method { get, post };

/// Resource. The URL is a secret: who has it can silence the switch.
class Pinger {
 public:
  Pinger(http::Transport& transport, Secret url, Method method);
  Pinger(const Pinger&) = delete;
  Pinger& operator=(const Pinger&) = delete;

  /// One request, not repeated: the next round follows. Errors: those of http::toError(), throttled,
  /// serverError, denied (4xx: the configuration's). The text names the host at most.
  runtime::Task<Done> ping();

 private:
  http::Transport& transport_;
  Secret url_;
  std::string host_;  // for messages
  Method method_;
};

}  // namespace arrivald::heartbeat
