// Failure: why the provider gave no usable answer, told apart by what one does about it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace arrivald::sendgrid {

/// The provider's X-RateLimit-* headers. Each may be missing; some endpoints send none.
struct RateLimit {
  std::optional<std::int64_t> limit;      ///< requests a period; never negative
  std::optional<std::int64_t> remaining;  ///< of this period; never negative
  std::optional<Instant> reset;           ///< begin of the next period, by the provider's clock
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct Failure {
  /// Those "of who answers over HTTP", notFound, throttled, timedOut and cancelled. A 404, 405, 410 or a
  /// redirection is notFound: a wrong host, or a feature that this account does not have.
  using Kind = Error::Kind;
  Kind kind;
  /// One sentence for the log: what happened and the remedy. Bounded, without control characters, addresses
  /// masked, never the key.
  std::string text;
  int status = 0;  ///< of HTTP; 0 without an answer
  /// From a Retry-After header, which the provider does not document but a gateway may send.
  std::optional<Duration> retryAfter = std::nullopt;
  RateLimit rateLimit = {};
};

/// Every kind that a Failure has.
std::span<const Failure::Kind> failureKinds();

/// Whose side a failure of this kind is on: a key that is refused is ours to replace, a name that does not
/// resolve is the network's, the rest is the provider's.
Party partyOf(Failure::Kind kind);

/// In everybody's terms, as of `now`. How long the provider asks to wait is between 1 and 120 s whatever its
/// headers say; a reset that is not ahead of `now` is no news, and the usual growing wait applies.
Error toError(Failure failure, Instant now);

template <class T>
using Answer = Result<T, Failure>;

}  // namespace arrivald::sendgrid
