// follow_incidents: what an evaluation of the rules means for incidents, and what is notified of each. Loop
// thread only.
#pragma once

#include "config/config.hpp"
#include "incidents/apart.hpp"
#include "incidents/notices.hpp"
#include "rules/evaluate.hpp"
#include "watch/account_mails.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct IncidentLook {
  incidents::Followed followed;            ///< to be stored with the verdict
  std::vector<incidents::Change> changes;  ///< for the log
  std::vector<incidents::Notice> notices;
  std::vector<incidents::Apart> apart;  ///< the changes of alerts that are notified in their own words
};

/// Every firing alert of a configured account is in an incident, waits for one, or is apart since it was
/// notified before there were incidents. What opens where no event stream tells of the mail is notified by
/// its alerts, with the number. An account that has not been configured for an hour has no incidents.
IncidentLook followIncidents(Owners& owners, const config::Config& config, const AccountMails& mails,
                             const rules::Verdict& verdict, Instant now);

}  // namespace arrivald::watch
