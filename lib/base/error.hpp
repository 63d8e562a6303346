// Error: why something that was to be expected to fail has failed.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

struct Error {
  /// Closed on purpose: callers decide by it, so a new kind is a decision for all of them.
  enum class Kind {
    invalid,      ///< what was given cannot be understood or breaks a stated limit
    notFound,     ///< what was asked for does not exist
    denied,       ///< a credential, a permission or a scope is missing or refused
    throttled,    ///< the other side asks for patience
    unavailable,  ///< the other side cannot be reached or fails; may pass by itself
    timedOut,     ///< a deadline of ours ran out
    cancelled,    ///< we are stopping
    storage,      ///< the disk or the database refuses
    unsupported,  ///< understood, but not possible here
  };
  Kind kind;
  /// For people: what failed and, where there is one, the remedy. Holds no secret and no unmasked address.
  std::string text;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "invalid", "not_found", …: the spelling used in logs and metric labels.
std::string_view name(Error::Kind kind);

}  // namespace arrivald
