// Failure: why the provider gave no usable answer, told apart by what one does about it.
#pragma once

#include <cstdint>
#include <optional>
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
  /// Closed on purpose: the remedy and the patience depend on it.
  enum class Kind {
    unauthorized,   ///< 401
    forbidden,      ///< 403: the key lacks a scope, or the plan the feature
    notFound,       ///< 404, 405, 410: wrong host, or a feature that this account does not have
    notAcceptable,  ///< 406
    badRequest,     ///< 400 and other refusals of what we asked
    throttled,      ///< 429
    serverError,    ///< 5xx with a JSON body, or none
    html,           ///< a page for people where JSON was due: a gateway's error, or a proxy's log-in
    timedOut,
    unreachable,  ///< no such host, no connection, or the proxy refuses
    tls,
    truncated,    ///< half a body
    emptyAnswer,  ///< 200 without a body
    malformed,    ///< JSON, but not of the shape that was asked for
    tooLarge,
    cancelled,
  };
  Kind kind;
  /// One sentence for the log: what happened and the remedy. Bounded, without control characters, addresses
  /// masked, never the key.
  std::string text;
  int status = 0;  ///< of HTTP; 0 without an answer
  /// From a Retry-After header, which the provider does not document but a gateway may send.
  std::optional<Duration> retryAfter = std::nullopt;
  RateLimit rateLimit = {};
};

inline constexpr std::size_t kFailureKindCount = 16;

/// "unauthorized", "not_found", …: the spelling in metric labels and logs.
std::string_view name(Failure::Kind kind);

/// For callers that know only base's kinds; keeps the text.
Error toError(const Failure& failure);

template <class T>
using Answer = Result<T, Failure>;

}  // namespace arrivald::sendgrid
