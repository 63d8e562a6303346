// Whether incidents account for an alert: what is left of it once their mail is taken out.
#pragma once

#include <cstdint>

#include "incidents/sight.hpp"
#include "rules/alert.hpp"

namespace arrivald::incidents {

/// Of a rule's alert: by what kind of incident it can be explained.
Family familyOf(const rules::Alert& alert);
bool isDrift(const rules::Alert& alert);
bool isStall(const rules::Alert& alert);

/// How far an alert looks back, as the table can show it.
Duration windowOf(const rules::Alert& alert);
Late lateOf(const rules::Alert& alert);

/// The number of the incident that accounts for the alert, or 0. `member`: of which it was at the last look;
/// it stays there while that accounts for a part. An alert is never explained by nothing: with no incident,
/// or one that has no mail in common with it, the answer is 0.
std::int64_t explained(const rules::Alert& alert, Sight& sight, const std::vector<Incident>& incidents,
                       std::int64_t member);

}  // namespace arrivald::incidents
