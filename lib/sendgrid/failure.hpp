// Failure: why a request to SendGrid yielded no usable response, by what the caller can do about it.
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
  std::optional<std::int64_t> limit;      ///< requests per period; never negative
  std::optional<std::int64_t> remaining;  ///< requests left in this period; never negative
  std::optional<Instant> reset;           ///< begin of the next period, by SendGrid's clock
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct Failure {
  /// The kinds for HTTP servers, and notFound, throttled, timedOut and cancelled. A 404, a 405 and a 410
  /// are notFound: a wrong host, or a feature that this account does not have.
  using Kind = Error::Kind;
  Kind kind;
  /// One sentence for the log: what happened and the remedy. Bounded, without control characters, addresses
  /// masked, never the key.
  std::string text;
  int status = 0;  ///< HTTP status; 0 without a response
  /// From a Retry-After header, which SendGrid does not document but gateways may send.
  std::optional<Duration> retryAfter = std::nullopt;
  RateLimit rateLimit = {};
  Phrase phrase = {};  ///< what `text` says, for other languages

  static Failure of(Kind kind, Phrase words) {
    Failure failure{kind, words.english()};
    failure.phrase = std::move(words);
    return failure;
  }
  Phrase said() const { return phrase.empty() ? verbatim(text) : phrase; }
};

/// All kinds that a Failure can have.
std::span<const Failure::Kind> failureKinds();

/// The party at fault: configuration for a refused key or request and for an answer beyond our limit; network
/// for a host that cannot be reached, TLS, truncation, a redirection and a page of HTML, which somebody on
/// the way has sent; internal for cancellation; provider for all others.
Party partyOf(Failure::Kind kind);

/// Converts to the common error type, as of `now`. The wait that SendGrid asks for is clamped to 1 to 120 s;
/// a reset that is not later than `now` is ignored, so that the usual backoff applies. A page of HTML with a
/// 5xx status is the provider's: its own gateways answer so.
Error toError(Failure failure, Instant now);

template <class T>
using Answer = Result<T, Failure>;

}  // namespace arrivald::sendgrid
