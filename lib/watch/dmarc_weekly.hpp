// dmarc_weekly: the weekly message about DMARC reports: what `arrivald dmarc summary` says, each condition of
// the next step with its number, and who sends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "watch/dmarc_view.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// `url`: of the domain's page; empty: none.
notify::Notification dmarcWeeklyOf(const DmarcView& view, const std::string& id, const std::string& url,
                                   const TimeZone& zone, Instant now, Language language);

/// When the message that is due now was due: the last Monday, 9:00. Nothing if it was sent, or is more than a
/// day late.
std::optional<Instant> dmarcWeeklyDue(Owners& owners, const config::Config& configuration);

/// Puts the messages of all domains with reports into the outbox, for the channels to which the routes lead a
/// rule "dmarc-weekly" of severity info, at most ten; and remembers that they were put.
Done sendDmarcWeekly(Owners& owners, const config::Config& configuration,
                     const std::vector<std::shared_ptr<const DmarcView>>& views, Instant due);

}  // namespace arrivald::watch
