// How long after the request outcomes are counted, learned from a series of running totals, and the requests
// that have none.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "delivery/window.hpp"
#include "rules/facts.hpp"

namespace arrivald::rules {

/// The lag that nine mails in ten stay below on the median day of the last two weeks; nothing with fewer than
/// 20 outcomes. Requests and outcomes are matched in order; only their totals are known. To the reads of the
/// last day; older days to the spacing of their marks. Linear in the marks.
std::optional<Duration> learnOutcomeLag(const delivery::Series& series, Instant now);

/// The requests since the last outcome, until `until`; see Facts::unanswered().
std::optional<Facts::Unanswered> unansweredIn(const delivery::Series& series, Instant until);

}  // namespace arrivald::rules
