#include "sendgrid/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::sendgrid {
namespace {

using namespace std::chrono_literals;

constexpr Duration kShortestReset = 1s;
constexpr Duration kLongestReset = 120s;
constexpr Duration kHourly = 1h;
constexpr double kThriftBelow = 0.2;  // of the allowance

/// `base` doubled `times` times, at most `most`.
Duration doubled(Duration base, int times, Duration max) {
  Duration span = base;
  for (int i = 0; i < times && span < max; ++i) span *= 2;
  return std::min(span, max);
}

/// Between `share` and all of `span`.
Duration jittered(Duration span, double share, double random) {
  const double factor = share + (1 - share) * std::clamp(random, 0.0, 1.0);
  return Duration(static_cast<Duration::rep>(std::llround(static_cast<double>(span.count()) * factor)));
}

}  // namespace

Duration untilReset(Instant reset, Instant now) {
  // Compared before subtracting: the header may hold any number.
  if (reset <= now) return kShortestReset;
  if (reset >= now + kLongestReset) return kLongestReset;
  return std::clamp<Duration>(reset - now, kShortestReset, kLongestReset);
}

NextTry Backoff::failed(const Failure& failure, Instant now, double random) {
  failures_ = std::min(failures_ + 1, 1000);
  unauthorized_ = failure.kind == Failure::Kind::unauthorized ? std::min(unauthorized_ + 1, 1000) : 0;
  const Duration passing = jittered(doubled(base_, failures_ - 1, max_), 0.5, random);

  switch (failure.kind) {
    case Failure::Kind::throttled: {
      Duration wait = std::clamp<Duration>(passing, kShortestReset, kLongestReset);
      if (failure.rateLimit.reset) wait = untilReset(*failure.rateLimit.reset, now);
      if (failure.retryAfter)
        wait = std::max(wait, std::clamp<Duration>(*failure.retryAfter, kShortestReset, kLongestReset));
      const auto spread = static_cast<Duration::rep>(1000.0 * std::clamp(random, 0.0, 1.0));
      return {wait + Duration(spread), false};
    }
    case Failure::Kind::unauthorized:
      // A key that is refused again and again is asked for more and more rarely, but never given up: the
      // provider may be at fault.
      return {passing, keyRefused()};
    case Failure::Kind::forbidden:
    case Failure::Kind::notFound:
    case Failure::Kind::notAcceptable:
    case Failure::Kind::badRequest:
      return {jittered(kHourly, 0.9, random), true};
    case Failure::Kind::tls:
    case Failure::Kind::tooLarge:
      return {passing, true};
    case Failure::Kind::serverError:
    case Failure::Kind::html:
    case Failure::Kind::timedOut:
    case Failure::Kind::unreachable:
    case Failure::Kind::truncated:
    case Failure::Kind::emptyAnswer:
    case Failure::Kind::malformed:
    case Failure::Kind::cancelled:
      break;
  }
  if (failure.retryAfter)
    return {std::max(passing, std::clamp<Duration>(*failure.retryAfter, kShortestReset, kLongestReset)),
            false};
  return {passing, false};
}

void RateBudget::saw(const RateLimit& limit, Instant now) {
  if (!limit.limit && !limit.remaining && !limit.reset) return;
  // Answers may overtake one another: within one period the smaller remainder is the later word.
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
  const Duration rest = untilReset(*last_.reset, now);
  if (*left <= 0) return rest;
  if (!last_.limit || *last_.limit <= 0) return Duration::zero();
  if (static_cast<double>(*left) > kThriftBelow * static_cast<double>(*last_.limit)) return Duration::zero();
  return rest / (*left + 1);
}

}  // namespace arrivald::sendgrid
