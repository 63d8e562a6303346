// rate_budget: paces requests by the provider's rate limits. Pure: it computes the wait, the caller waits.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// The remaining requests of one endpoint's rate limit, shared by all tasks that use it. A value.
class RateBudget {
 public:
  /// Records a response's headers; responses without them change nothing. A reset farther ahead than
  /// kLongestReset counts as that far.
  void saw(RateLimit limit, Instant now);
  /// How long to wait before the next request: zero while more than a fifth of the limit remains; below that,
  /// so long that the remaining requests are spread evenly over the period; until the reset once none remain.
  Duration pause(Instant now) const;

  std::optional<std::int64_t> limit() const { return last_.limit; }
  /// Empty before the first response, and again once the period is over.
  std::optional<std::int64_t> remaining(Instant now) const;

 private:
  RateLimit last_;
};

/// Bounds of a wait until a reset, so that a wrong clock or header cannot stop polling for longer.
inline constexpr Duration kShortestReset = std::chrono::seconds(1);
inline constexpr Duration kLongestReset = std::chrono::seconds(120);
/// The time until `reset`, clamped to these bounds. Empty if `reset` is not later than `now`: then one of the
/// clocks is wrong, and the header says nothing about when to retry.
std::optional<Duration> untilReset(Instant reset, Instant now);

}  // namespace arrivald::sendgrid
