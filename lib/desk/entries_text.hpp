// entries_text: what the commands `desk list` and `desk explain` print. Pure.
#pragma once

#include <string>

#include "desk/address_answer.hpp"

namespace arrivald::desk {

/// One block of lines for each entry, with what was mended of the question above and how to go on below.
std::string listText(const Query& query, const Page& page, const SideCounts& counts,
                     const std::vector<UnreadList>& unread, const TimeZone& zone, Language language);
std::string explainText(const AddressAnswer& answer, const TimeZone& zone, Language language);

/// {"from", "to", "rows": […], "next", "unread": […]}: the same for programs.
std::string listJson(const Query& query, const Page& page, const std::vector<UnreadList>& unread,
                     const TimeZone& zone, Language language);
/// {"address", "state", "entries": […], "lists": […], "unread": […]}
std::string explainJson(const AddressAnswer& answer, const TimeZone& zone, Language language);

}  // namespace arrivald::desk
