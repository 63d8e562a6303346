// vocabulary: all keys of the configuration, for the test that the example file shows each of them.
#pragma once

#include <set>
#include <string>

#include "config/load.hpp"

namespace arrivald::config {

/// Keys as "accounts[].poll.statistics.every"; those of a rule's kind as "rules(stall).lag".
struct Vocabulary {
  std::set<std::string> asked;    ///< keys that the readers of this file know
  std::set<std::string> present;  ///< of these, the keys that the file contains
};

/// As load(), and fills `vocabulary` unless it is null.
Loaded load(std::string_view text, const Environment& environment, Vocabulary* vocabulary);

}  // namespace arrivald::config
