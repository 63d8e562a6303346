// follow_incidents: what an evaluation of the rules means for incidents, and what is notified of each. Loop
// thread only.
#pragma once

#include "config/config.hpp"
#include "incidents/notices.hpp"
#include "rules/evaluate.hpp"
#include "watch/current_facts.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct IncidentLook {
  incidents::Followed followed;            ///< to be stored with the verdict
  std::vector<incidents::Change> changes;  ///< for the log
  std::vector<incidents::Notice> notices;
  std::vector<rules::Change> apart;  ///< the changes of alerts that are notified by themselves
};

/// Incidents are those of mail, of accounts whose event stream tells all that happens. Alerts of other
/// accounts, and those that are not about mail, are notified by themselves. An account whose stream has told
/// nothing for an hour has no incidents any more.
IncidentLook followIncidents(Owners& owners, const config::Config& config, const CurrentFacts& current,
                             const rules::Verdict& verdict, Instant now);

}  // namespace arrivald::watch
