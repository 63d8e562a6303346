// listed_entries: the provider's API for single entries of the suppression lists.
#pragma once

#include "http/server.hpp"
#include "simulator/account.hpp"

namespace arrivald::simulator {

/// GET and DELETE of /v3/suppression/LIST/ADDRESS and /v3/asm/suppressions/global/ADDRESS, and POST to the
/// latter without an address.
http::Response answerAboutEntry(Account& account, const http::ServerRequest& request, Instant now);

}  // namespace arrivald::simulator
