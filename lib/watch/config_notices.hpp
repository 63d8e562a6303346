// ConfigNotices: what `status` and the page say of the configuration itself.
#pragma once

#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "base/phrase.hpp"

namespace arrivald::watch {

/// Value; kept in memory.
struct ConfigNotices {
  std::vector<Phrase> warnings;  ///< of the configuration that runs
  /// A reload that was refused after that one took effect, which still holds.
  struct Refused {
    Duration at{};  ///< by Clock::sinceBoot(), which nobody sets
    Phrase why;     ///< with the remedy; no secret
  };
  std::optional<Refused> refused;  ///< the latest
};

}  // namespace arrivald::watch
