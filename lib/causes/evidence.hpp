// Evidence: everything that a decision about one reply rests on; the same for training and for use.
#pragma once

#include <string_view>
#include <vector>

#include "causes/rulebook.hpp"
#include "causes/wrapper.hpp"

namespace arrivald::causes {

struct Evidence {
  Unwrapped unwrapped;           ///< views into the reply's text
  Normalised normalised;         ///< of what the receiver said
  std::string_view provider;     ///< that replied; empty: unknown
  Stage stage = Stage::unknown;  ///< as given, or else as the text names it
  std::vector<Matched> matched;
  std::optional<Instant> at;
  Outcome outcome = Outcome::unknown;
  bool namesRecipient = false;  ///< the reply contains our recipient's address
  Rulebook::Environment environment() const { return {provider, stage, at, outcome, namesRecipient}; }
};

/// Overwrites `into` and reuses its memory. `reply` and `rulebook` have to outlive `into`.
void examine(const Reply& reply, const Rulebook& rulebook, Evidence& into);

}  // namespace arrivald::causes
