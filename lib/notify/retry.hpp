// retry: whether and when a delivery is attempted again. Pure.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald::notify {

/// When to try again after `attempts` attempts (from 1), the last of which failed with `error`: see
/// waitAfter(), from 2 s up to 5 min, and up to 15 min if the other side requests it. Nothing if there is no
/// further attempt: where the fault is the configuration's, or `keepTrying` after `created`.
std::optional<Instant> nextAttempt(const Error& error, int attempts, Instant created, Instant now,
                                   double random, Duration keepTrying);

}  // namespace arrivald::notify
