// Error: why something that was to be expected to fail has failed: who failed, how, and what follows from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald {

/// Whose side a failure is on: who has to mend it.
enum class Party : std::uint8_t {
  internal,       ///< arrivald itself: a bug, or a stop
  provider,       ///< SendGrid
  storage,        ///< our disk or database
  network,        ///< what lies between this host and another: names, firewall, proxy, TLS
  configuration,  ///< what the operator set: a key, a scope, an address
  thirdParty,     ///< anybody else: status page, heartbeat, channel, forward target, language model
};
inline constexpr std::size_t kPartyCount = 6;
/// "internal", "provider", "storage", "network", "configuration", "third_party".
std::string_view name(Party party);

/// What follows from a failure.
enum class Consequence : std::uint8_t {
  retrySoon,     ///< it may pass by itself
  waitForReset,  ///< the other side asks for patience
  needsPeople,   ///< time alone is not expected to help; tried on at the usual pace
  givesUp,       ///< what was asked for is refused; once that is certain it is asked for rarely, or not again
};

struct Error {
  /// Closed on purpose: callers decide by it, so a new kind is a decision for all of them.
  enum class Kind : std::uint8_t {
    invalid,      ///< what was given cannot be understood or breaks a stated limit
    notFound,     ///< what was asked for does not exist
    denied,       ///< a credential, a permission or a scope is missing or refused
    throttled,    ///< the other side asks for patience
    unavailable,  ///< cannot be had at the moment; may pass by itself
    timedOut,     ///< a deadline of ours ran out
    cancelled,    ///< we are stopping
    unsupported,  ///< understood, but not possible here
    bug,          ///< an exception that nobody expected
    // Of who answers over HTTP.
    unauthorized,   ///< 401
    forbidden,      ///< 403: a scope or a feature is missing
    notAcceptable,  ///< 406
    badRequest,     ///< 400 and other refusals of what we asked
    serverError,    ///< 5xx
    html,           ///< a page for people where JSON was due: a gateway's error, or a proxy's log-in
    unreachable,    ///< no such host, no connection, or the proxy refuses
    tls,            ///< no trusted, matching, modern TLS
    truncated,      ///< half an answer
    emptyAnswer,    ///< success without a body
    malformed,      ///< an answer, but not of the shape that was asked for
    tooLarge,       ///< an answer beyond a stated limit
    // Of the disk and the database.
    storage,   ///< the database refuses, for a reason of its own
    diskFull,  ///< no space is left
    readOnly,  ///< not writable: the file system, the folder or the file
    ioError,   ///< the disk fails to read or write
    damaged,   ///< the file is no sound database
    locked,    ///< another process holds it
  };
  static constexpr std::size_t kKindCount = 27;

  Kind kind;
  /// For people: what failed and, where there is one, the remedy. Holds no secret and no unmasked address.
  std::string text;
  Party party = Party::internal;
  /// How long the other side asks us to wait, if it says so.
  std::optional<std::chrono::milliseconds> retryAfter = std::nullopt;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "invalid", "not_found", …: the spelling used in logs and metric labels.
std::string_view name(Error::Kind kind);
Consequence consequenceOf(Error::Kind kind);

}  // namespace arrivald
