// Error: an expected failure: who failed, how, and what follows from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/phrase.hpp"

namespace arrivald {

/// Whose side a failure is on, that is, who has to fix it.
enum class Party : std::uint8_t {
  internal,       ///< arrivald itself: a bug, or an operation cancelled because it stops
  provider,       ///< SendGrid
  storage,        ///< our disk or database
  network,        ///< between this host and another: DNS, firewall, proxy, TLS
  configuration,  ///< what the operator set: a key, a scope, an address
  thirdParty,     ///< any other service: status page, heartbeat, channel, forward target, language model
};
inline constexpr std::size_t kPartyCount = 6;
/// "internal", "provider", "storage", "network", "configuration", "third_party".
std::string_view name(Party party);

/// What follows from a failure.
enum class Consequence : std::uint8_t {
  retrySoon,     ///< transient: a retry may succeed
  waitForReset,  ///< rate limited: retry after the wait that the server asks for
  needsPeople,   ///< not expected to pass without a person's help; retried at the usual interval
  givesUp,       ///< refused; once that is certain (see Backoff), retried rarely or not at all
};

struct Error {
  /// Closed on purpose: callers branch on it, so a new kind requires a decision from all of them.
  enum class Kind : std::uint8_t {
    invalid,      ///< the input cannot be parsed or exceeds a stated limit
    notFound,     ///< the requested object does not exist
    denied,       ///< a credential, a permission or a scope is missing or refused
    throttled,    ///< rate limited (such as HTTP 429)
    unavailable,  ///< not available at the moment; a retry may succeed
    timedOut,     ///< one of our deadlines expired
    cancelled,    ///< arrivald is stopping
    unsupported,  ///< understood, but not possible here
    bug,          ///< an unexpected exception
    // HTTP servers, and the connection to them.
    unauthorized,   ///< 401
    forbidden,      ///< 403: a scope or a feature is missing
    notAcceptable,  ///< 406
    badRequest,     ///< 400 and other refusals of the request
    redirected,     ///< 3xx: another URL answers than the one that was configured
    serverError,    ///< 5xx
    html,           ///< an HTML page instead of JSON: a gateway's error page or a proxy's log-in page
    unreachable,    ///< the host name does not resolve, the connection fails, or the proxy refuses it
    tls,            ///< the TLS handshake fails: version, certificate or host name
    truncated,      ///< the connection ended inside the response
    emptyAnswer,    ///< a successful response without a body
    malformed,      ///< a response that does not have the expected structure
    tooLarge,       ///< a response beyond a stated limit
    // The disk and the database.
    storage,   ///< a database error that is none of the following
    diskFull,  ///< no space left on the device
    readOnly,  ///< the file system, the folder or the file is not writable
    ioError,   ///< the disk reports a read or write error
    damaged,   ///< the file is corrupt or not a database
    locked,    ///< another process holds the lock
  };
  static constexpr std::size_t kKindCount = 28;

  Kind kind;
  /// For the log, in English: what failed and, where there is one, the remedy. Holds no secret and no
  /// unmasked address.
  std::string text;
  Party party = Party::internal;
  /// The wait that the server asks for (Retry-After), if any.
  std::optional<std::chrono::milliseconds> retryAfter = std::nullopt;
  /// What `text` says, for other languages; the same holds for it. Empty: there is only `text`.
  Phrase phrase = {};

  static Error of(Kind kind, Phrase phrase, Party party = Party::internal) {
    Error error{kind, {}, party};
    error.say(std::move(phrase));
    return error;
  }
  Phrase said() const { return phrase.empty() ? verbatim(text) : phrase; }
  /// Replaces what it says.
  void say(Phrase words) {
    text = words.english();
    phrase = std::move(words);
  }

  friend bool operator==(const Error&, const Error&) = default;
};

/// "invalid", "not_found", …: the spelling used in logs and metric labels.
std::string_view name(Error::Kind kind);
std::optional<Error::Kind> errorKindNamed(std::string_view name);
Consequence consequenceOf(Error::Kind kind);

}  // namespace arrivald
