// signs: what the last closed day of a domain shows, beside the weeks before it, for the rules. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dmarc/enforcement.hpp"
#include "rules/dmarc_facts.hpp"

namespace arrivald::dmarc {

/// Finds all but what depends on when reports came: see addArrivals().
rules::DmarcSigns signsOf(const EnforcementFacts& facts, const TimeZone& zone);

/// On which days reports came.
struct Arrivals {
  std::string reporter;
  Instant last{};
  std::vector<Date> days;  ///< ascending, without repetition, of the last two weeks
};
/// `since`: nothing could be received before.
void addArrivals(rules::DmarcSigns& signs, const std::vector<Arrivals>& arrivals, Instant since, Instant now);

}  // namespace arrivald::dmarc
