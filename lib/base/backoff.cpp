#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald {

namespace {
constexpr int kMaxCounted = 1000;
}

Duration waitAfter(const BackoffLimits& limits, int failures, double random, std::optional<Duration> asked) {
  Duration span = std::min(limits.first, limits.max);
  for (int i = 1; i < failures && span < limits.max; ++i) span = std::min(limits.max, span * 2);
  const double share = 0.5 + 0.5 * std::clamp(random, 0.0, 1.0);
  Duration wait(static_cast<Duration::rep>(std::llround(static_cast<double>(span.count()) * share)));
  if (asked) {
    // Clients that were asked to wait until the same moment must not all retry at that moment.
    const auto spread = static_cast<Duration::rep>(1000.0 * std::clamp(random, 0.0, 1.0));
    wait = std::max(wait, std::min(*asked, limits.maxAsked) + Duration(spread));
  }
  return std::max(wait, Duration(1));
}

NextTry Backoff::failed(const Error& error, double random) {
  failures_ = std::min(failures_ + 1, kMaxCounted);
  alike_ = last_ == error.kind ? std::min(alike_ + 1, kMaxCounted) : 1;
  last_ = error.kind;
  const auto consequence = consequenceOf(error.kind);
  const bool certain = alike_ >= kCertain;
  auto limits = limits_;
  if (certain && consequence == Consequence::givesUp) limits.max = std::max(limits.max, kMaxRefused);
  const bool people = consequence == Consequence::givesUp || consequence == Consequence::needsPeople;
  return {waitAfter(limits, failures_, random, error.retryAfter), certain && people};
}

}  // namespace arrivald
