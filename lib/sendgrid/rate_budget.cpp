#include "sendgrid/rate_budget.hpp"

#include <algorithm>

namespace arrivald::sendgrid {
namespace {

constexpr double kPacedBelow = 0.2;  // fraction of the limit

}  // namespace

std::optional<Duration> untilReset(Instant reset, Instant now) {
  // Compared before subtracting: the header may contain any number, so the difference may overflow.
  if (reset <= now) return std::nullopt;
  if (reset >= now + kLongestReset) return kLongestReset;
  return std::max(reset - now, kShortestReset);
}

void RateBudget::saw(RateLimit limit, Instant now) {
  if (!limit.limit && !limit.remaining && !limit.reset) return;
  // Most responses have no headers: a reset years ahead would slow down every request from now on.
  if (limit.reset && *limit.reset > now + kLongestReset) limit.reset = now + kLongestReset;
  // Responses may arrive out of order: within one period the smaller remainder is the later one.
  const bool samePeriod = limit.reset && last_.reset == limit.reset && *limit.reset > now;
  const auto before = last_.remaining;
  last_ = limit;
  if (samePeriod && before && last_.remaining) last_.remaining = std::min(*before, *last_.remaining);
}

std::optional<std::int64_t> RateBudget::remaining(Instant now) const {
  if (!last_.reset || *last_.reset <= now) return std::nullopt;
  return last_.remaining;
}

Duration RateBudget::pause(Instant now) const {
  const auto left = remaining(now);
  if (!left) return Duration::zero();
  const Duration rest = untilReset(*last_.reset, now).value_or(Duration{});
  if (*left <= 0) return rest;
  if (!last_.limit || *last_.limit <= 0) return Duration::zero();
  if (static_cast<double>(*left) > kPacedBelow * static_cast<double>(*last_.limit)) return Duration::zero();
  return rest / (*left + 1);
}

}  // namespace arrivald::sendgrid
