// gather: one cause may answer in several ways: which replies are one incident.
#pragma once

#include "incidents/sight.hpp"

namespace arrivald::incidents {

/// Whether a root may become one of more mail.
enum class Widening : std::uint8_t { none, allowed };

/// The root as it is to be named, of mail that fails: where nearly all mail fails, whatever the replies say,
/// all of that mail, of no kind unless one has nearly all replies; where another kind began together with the
/// one that is named, in the same mail, both. `except` is the incident that it is of, 0 for none yet.
Root gathered(const Root& root, Sight& sight, std::int64_t except, Widening widening);

}  // namespace arrivald::incidents
