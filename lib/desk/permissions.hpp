// permissions: what each role may do at the desk. Use cases ask here, and so do pages that show a lock.
#pragma once

#include <cstdint>
#include <string_view>

#include "desk/users.hpp"

namespace arrivald::desk {

enum class Action : std::uint8_t {
  look,           ///< lists, groups, releases and their follow-up
  lookUp,         ///< why an address gets no mail
  download,       ///< CSV and XLSX
  readOwnRecord,  ///< what oneself did
  readRecord,     ///< what everybody did
  tick,           ///< choose rows
  release,        ///< bounces, blocks and invalid addresses
  releaseWish,    ///< spam reports and unsubscribes
  releaseAgain,   ///< what failed again after an earlier release
  undo,           ///< put an unsubscribe back
  unlock,         ///< a log-in that was stopped after failures
};

bool may(const Actor& actor, Action action);

/// "viewer", "operator", "admin": the spelling of the YAML and the record.
std::string_view name(Role role);

}  // namespace arrivald::desk
