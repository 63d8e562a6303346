#include "notify/retry.hpp"

#include <algorithm>

namespace arrivald::notify {

std::optional<Instant> nextAttempt(const DeliveryOutcome& outcome, int attempts, Instant created, Instant now,
                                   double random, Duration keepTrying) {
  if (outcome.kind == DeliveryOutcome::Kind::permanent || now - created >= keepTrying) return std::nullopt;
  constexpr Duration kFirst = std::chrono::seconds(2), kMost = std::chrono::minutes(5);
  const auto doubled = std::min<Duration>(kMost, kFirst * (1 << std::clamp(attempts - 1, 0, 10)));
  auto wait = Duration(static_cast<Duration::rep>(static_cast<double>(doubled.count()) * (1 - random / 2)));
  if (outcome.retryAfter)
    wait = std::max(wait, std::clamp<Duration>(*outcome.retryAfter, Duration{}, std::chrono::hours(1)));
  return now + wait;
}

}  // namespace arrivald::notify
