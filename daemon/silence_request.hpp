// silence_request: what a request to silence something asks for.
#pragma once

#include "http/server.hpp"
#include "watch/silence.hpp"

namespace arrivald {

/// Error::Kind::invalid where a parameter is not known: what it was to narrow would be silenced altogether.
Result<watch::AddSilence> readSilence(const http::ServerRequest& request);

}  // namespace arrivald
