// Silence words: what is silenced, until when, by whom and why, for pages, commands and notifications.
#pragma once

#include <string>

#include "incidents/silence.hpp"
#include "notify/incident_words.hpp"

namespace arrivald::notify {

/// "account main, receiver Gmail": what a silence means.
std::string silencedWhat(const incidents::Silence& silence, const Catalogue& c);
/// "until 18:00 JST (Sato: the server moves)".
std::string silencedUntil(const incidents::Silence& silence, const IncidentWords& words);
/// "Silence 3: account main, receiver Gmail, until 18:00 JST (Sato: the server moves)", and what is planned
/// with its beginning.
std::string silenceLine(const incidents::Silence& silence, Instant now, const IncidentWords& words);

}  // namespace arrivald::notify
