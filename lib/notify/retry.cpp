#include "notify/retry.hpp"

#include "base/backoff.hpp"

namespace arrivald::notify {
namespace {

constexpr BackoffLimits kLimits{std::chrono::seconds(2), std::chrono::minutes(5), std::chrono::minutes(15)};

}  // namespace

std::optional<Instant> nextAttempt(const Error& error, int attempts, Instant created, Instant now,
                                   double random, Duration keepTrying) {
  if (error.party == Party::configuration || now - created >= keepTrying) return std::nullopt;
  return now + waitAfter(kLimits, attempts, random, error.retryAfter);
}

}  // namespace arrivald::notify
