// untold_words: what a task that has not failed could not learn, for `status` and the page.
#pragma once

#include <string>

#include "notify/catalogue.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Why it has read nothing, or not all that it is for; empty if it has, and before its first success.
std::string untoldWords(const Owners& owners, const notify::Catalogue& c, const TaskId& id,
                        const JobState& job, Instant now);

}  // namespace arrivald::watch
