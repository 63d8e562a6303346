// render: a notification → Slack's Block Kit, within Slack's limits. Pure.
#pragma once

#include <string>
#include <vector>

#include "channel/channel.hpp"
#include "notify/notification.hpp"

namespace arrivald::slack {

/// The JSON that an incoming webhook takes. `mentions` are "here", "channel", user ids (U…, W…) or group ids
/// (S…), and come from the YAML only; they stand in a message that asks for it. Everything else is escaped:
/// no text from outside can ring, link or format. What is longer than Slack allows is cut with an ellipsis.
std::string render(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// ▁▂▃▄▅▆▇█, scaled to the values' own range; a value that is not known is "·".
std::string sparkline(const std::vector<std::optional<double>>& values);

/// A payload that render() made, about as Slack shows it, for a terminal. What is no such payload gives a
/// line that says so.
std::string previewOfPayload(const std::string& payload, channel::Preview style);

}  // namespace arrivald::slack
