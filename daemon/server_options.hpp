// server_options: what the configuration says of the daemon's two HTTP servers.
#pragma once

#include "config/config.hpp"
#include "http/server.hpp"

namespace arrivald {

/// `what` names a request in the log ("a batch of events") and must be a literal.
http::ServerOptions serverOptions(const config::Listen& listen, const char* what);

/// Whether there is a server for events: only if an account has an event stream.
bool listensForEvents(const config::Config& config);

/// Whether Daemon::start() could listen with this configuration: tries addresses and certificates, without
/// taking the ports, which a running daemon has. The error names the part of the configuration.
Done tryListeners(const config::Config& config);

}  // namespace arrivald
