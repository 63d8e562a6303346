// recovering: an open alert whose condition does not hold at present: what it was, what it is now, and until
// when that has to last. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/time_zone.hpp"
#include "notify/catalogue.hpp"
#include "rules/alert.hpp"
#include "rules/rule.hpp"

namespace arrivald::notify {

struct Recovering {
  /// When it counts as over, if nothing bad comes; nothing: it is not clearly well yet, or its rule has gone.
  std::optional<Instant> over;
};
/// `rule`: of the alert; null where it has gone. Nothing of an alert that is bad, or of which nothing is
/// known.
std::optional<Recovering> recoveringOf(const rules::Alert& alert, const rules::Rule* rule, Instant now);

/// "It was 61.0 % at its worst and is 100 % now. Watched until 10:40 JST: if it stays so, it counts as over."
std::string recoveringWords(const rules::Alert& alert, const Recovering& recovering, const TimeZone& zone,
                            const Catalogue& catalogue);

}  // namespace arrivald::notify
