// heartbeat: pings a dead man's switch while all polls succeed, so that a person is notified when they do
// not.
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

/// The last result of one job.
struct Round {
  std::string job;  ///< "main statistics"
  std::optional<Instant> succeeded;
  Duration every;       ///< its period
  std::string failure;  ///< kind of the last run's error; empty if it succeeded
};

/// Whether to ping, and if not, why.
struct Health {
  bool healthy = false;
  std::string reason;  ///< empty when healthy: "main statistics last succeeded 14m ago, due every 1m"
};

/// Healthy if there is at least one round, none of them has failed, and each succeeded within `patience`
/// times its period plus a minute (so that a job which hangs is detected too). A success in the future, as
/// after a step of the clock, does not count.
Health healthOf(const std::vector<Round>& rounds, Instant now, int patience = 3);

enum class Method { get, post };

/// Resource. Loop thread only. `transport` must outlive it. The URL is a secret: whoever has it can keep the
/// switch from alarming.
class Pinger {
 public:
  Pinger(http::Transport& transport, Secret url, Method method);
  Pinger(const Pinger&) = delete;
  Pinger& operator=(const Pinger&) = delete;

  /// Sends one request without retries, since the next round follows. Errors: those of http::toError();
  /// throttled; serverError; denied (4xx: Party::configuration). The text contains at most the host.
  runtime::Task<Done> ping();

 private:
  http::Transport& transport_;
  Secret url_;
  std::string host_;  // for error texts
  Method method_;
};

}  // namespace arrivald::heartbeat
