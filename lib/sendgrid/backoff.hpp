// backoff: what the provider's rate limits mean for when to ask it again. Pure decisions; the caller waits.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// What is left of one endpoint's allowance, shared by all tasks that use it. A value.
class RateBudget {
 public:
  /// What an answer's headers said; answers without headers change nothing.
  void saw(const RateLimit& limit, Instant now);
  /// How long a request that is about to be made should wait: nothing while more than a fifth of the
  /// allowance is left, then evenly spread over the rest of the period, and until the reset once it is used
  /// up.
  Duration pause(Instant now) const;

  std::optional<std::int64_t> limit() const { return last_.limit; }
  /// Unknown before the first answer, and again once the period is over.
  std::optional<std::int64_t> remaining(Instant now) const;

 private:
  RateLimit last_;
};

/// Neither a clock that is wrong nor a header that is stops us for longer.
inline constexpr Duration kShortestReset = std::chrono::seconds(1);
inline constexpr Duration kLongestReset = std::chrono::seconds(120);
/// How long until `reset`, between the two; nothing if it is not ahead, which says that one of the clocks is
/// wrong and nothing about when to come back.
std::optional<Duration> untilReset(Instant reset, Instant now);

}  // namespace arrivald::sendgrid
