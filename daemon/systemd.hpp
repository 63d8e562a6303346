// systemd: notifies the service manager over the socket in $NOTIFY_SOCKET; without one, does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace arrivald::systemd {

/// Whether standard output is the journal.
bool logsToJournal();

void ready(const std::string& status);
/// A reload begins; ready() ends it.
void reloading();
void stopping();
/// The status line of `systemctl status`.
void status(const std::string& text);

/// The watchdog's interval; nothing if it is off.
std::optional<std::chrono::microseconds> watchdogInterval();
void watchdogAlive();

/// ActiveState and UnitFileState of a unit, by the bus; nothing where there is none. The second is empty for
/// a unit without a file.
std::optional<std::pair<std::string, std::string>> stateOf(const std::string& unit);

}  // namespace arrivald::systemd
