// vocabulary: which keys there are, for the test that the example shows every one of them.
#pragma once

#include <set>
#include <string>

#include "config/load.hpp"

namespace arrivald::config {

/// Keys as "accounts[].poll.statistics.every"; those of a rule's kind as "rules(stall).lag".
struct Vocabulary {
  std::set<std::string> asked;    ///< known where the file led to
  std::set<std::string> present;  ///< of these, given
};

/// As load(), and fills `vocabulary` unless it is null.
Loaded load(std::string_view text, const Environment& environment, Vocabulary* vocabulary);

}  // namespace arrivald::config
