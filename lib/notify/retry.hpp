// patience: whether and when an attempt to tell is made again. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"

namespace arrivald::notify {

/// What one attempt came to.
struct DeliveryOutcome {
  enum class Kind {
    delivered,
    passing,    ///< may succeed later: 429, 5xx, time-outs, TLS, DNS
    permanent,  ///< will not succeed until people mend something
  };
  Kind kind = Kind::delivered;
  std::string text;  ///< for log and page: "429", "channel_is_archived"; never the address
  std::optional<Duration> retryAfter{};  ///< asked for by the other side
};

/// When to try again after `attempts` attempts (from 1), the last of which came to `outcome`: see
/// waitAfter(), from 2 s up to 5 min, and up to an hour where the other side asks for it. Nothing if it is to
/// be given up: after a permanent failure, or `keepTrying` after `created`.
std::optional<Instant> nextAttempt(const DeliveryOutcome& outcome, int attempts, Instant created, Instant now,
                                   double random, Duration keepTrying);

}  // namespace arrivald::notify
