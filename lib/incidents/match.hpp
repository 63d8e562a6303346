// Whether what was located is an incident that is known already.
#pragma once

#include <cstdint>
#include <string_view>

#include "incidents/sight.hpp"

namespace arrivald::incidents {

/// Live, or ended less than an hour ago: it may be continued.
bool mayContinue(const Incident& incident, Instant now);

/// Both are of one kind that reaches every receiver.
bool haveSpreadingKind(const Root& a, const Root& b);
/// The mail of both, of the kinds that they have in common.
Root joined(const Root& a, const Root& b);

/// The number of the incident that `found` belongs to, live ones first, then the one with most in common; or
/// 0.
std::int64_t match(const Located& found, Late late, Sight& sight, const std::vector<Incident>& incidents,
                   std::string_view account);

}  // namespace arrivald::incidents
