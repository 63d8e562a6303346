#include "sendgrid/failure.hpp"

#include <algorithm>
#include <array>

#include "sendgrid/rate_budget.hpp"

namespace arrivald::sendgrid {
namespace {

using Kind = Failure::Kind;

constexpr std::array kKinds = {Kind::unauthorized, Kind::forbidden,   Kind::notFound,    Kind::notAcceptable,
                               Kind::badRequest,   Kind::redirected,  Kind::throttled,   Kind::serverError,
                               Kind::html,         Kind::timedOut,    Kind::unreachable, Kind::tls,
                               Kind::truncated,    Kind::emptyAnswer, Kind::malformed,   Kind::tooLarge,
                               Kind::cancelled};

}  // namespace

std::span<const Failure::Kind> failureKinds() { return kKinds; }

Party partyOf(Failure::Kind kind) {
  switch (kind) {
    case Kind::unauthorized:
    case Kind::forbidden:
    case Kind::notFound:
    case Kind::notAcceptable:
    case Kind::badRequest:
    case Kind::invalid:
    case Kind::tooLarge:
      return Party::configuration;
    case Kind::unreachable:
    case Kind::redirected:
    case Kind::html:
    case Kind::tls:
    case Kind::truncated:
      return Party::network;
    case Kind::cancelled:
      return Party::internal;
    default:
      return Party::provider;
  }
}

Error toError(Failure failure, Instant now) {
  Error error{failure.kind, std::move(failure.text), partyOf(failure.kind)};
  error.phrase = std::move(failure.phrase);
  if (failure.retryAfter) error.retryAfter = std::clamp(*failure.retryAfter, kShortestReset, kLongestReset);
  if (failure.kind == Kind::throttled && failure.rateLimit.reset)
    if (const auto left = untilReset(*failure.rateLimit.reset, now))
      error.retryAfter = std::max(*left, error.retryAfter.value_or(Duration{}));
  return error;
}

}  // namespace arrivald::sendgrid
