// systemd: what the service manager is told, over the socket in $NOTIFY_SOCKET. Without one, nothing happens.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace arrivald::systemd {

/// Started under a service manager whose standard output is the journal?
bool logsToJournal();

void ready(const std::string& status);
/// Reload begins; `ready` ends it.
void reloading();
void stopping();
/// The one line that `systemctl status` shows.
void status(const std::string& text);

/// How often the watchdog must hear from us, or nothing if it is off.
std::optional<std::chrono::microseconds> watchdogInterval();
void watchdogAlive();

}  // namespace arrivald::systemd
