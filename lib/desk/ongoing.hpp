// ongoing: the incident that goes on and explains an entry, so that the desk does not advise what its
// notifications deny. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/language.hpp"
#include "desk/listed_entry.hpp"
#include "incidents/incident.hpp"

namespace arrivald::desk {

/// The newest incident of failing mail that people were notified of, that is not over, and that is about the
/// entry's receivers and cause, since about when it began; 0: none. One of a single category explains no
/// entry, since of an entry the category is not known; nor is what a recipient asked for explained.
std::int64_t ongoingIncident(const incidents::Followed& followed, const ListedEntry& entry);

/// "Mail to docomo is failing at present (incident 12). Release it once that is over."
std::string ongoingText(const ListedEntry& entry, Language language);
/// The same in front of what the entry's own cause calls for.
std::string afterOngoing(const ListedEntry& entry, const std::string& todo, Language language);

}  // namespace arrivald::desk
