// status_text: the daemon's answer to /api/status as text. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace arrivald {

/// What is wrong first, then accounts, event streams, alerts, tasks and notifications, in the language of the
/// daemon's configuration. Nothing in it controls the terminal.
std::string statusText(const nlohmann::ordered_json& status);

/// One line for a monitoring plugin, of at most 200 bytes: the worst, and how many more there are:
/// "CRITICAL: #12 94 % of mail to docomo fails (2 more)".
std::string checkLine(const nlohmann::ordered_json& status);
/// Such a line of `state` ("critical") and what is wrong; `more`: behind it.
std::string monitoringLine(std::string state, std::string_view what, std::string_view more);
/// The exit code of a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 unknown.
int checkExit(const nlohmann::ordered_json& status);

/// Whether the answer has the parts that the others read.
bool isStatus(const nlohmann::ordered_json& status);

}  // namespace arrivald
