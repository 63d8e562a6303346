// retry: whether and when a delivery is attempted again. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"

namespace arrivald::notify {

/// The outcome of one attempt.
struct DeliveryOutcome {
  enum class Kind {
    delivered,
    passing,    ///< may succeed later: 429, 5xx, time-outs, TLS, DNS
    permanent,  ///< will not succeed until somebody corrects the configuration or the other side
  };
  Kind kind = Kind::delivered;
  std::string text;  ///< for log and page: "429", "channel_is_archived"; never the address
  std::optional<Duration> retryAfter{};  ///< requested by the other side
};

/// When to try again after `attempts` attempts (from 1), the last of which had `outcome`: see waitAfter(),
/// from 2 s up to 5 min, and up to an hour if the other side requests it. Nothing if there is no further
/// attempt: after a permanent failure, or `keepTrying` after `created`.
std::optional<Instant> nextAttempt(const DeliveryOutcome& outcome, int attempts, Instant created, Instant now,
                                   double random, Duration keepTrying);

}  // namespace arrivald::notify
