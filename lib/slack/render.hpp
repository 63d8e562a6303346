// render: renders a notification as Slack Block Kit, within Slack's limits. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notify/notification.hpp"

namespace arrivald::slack {

/// The JSON payload for an incoming webhook. `mentions` are "here", "channel", user ids (U…, W…) or group ids
/// (S…) from the YAML; they are added if the notification asks for it. Everything else is escaped: text from
/// outside cannot mention, link or format. Texts beyond Slack's limits are cut with an ellipsis.
std::string render(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// The same in plain text, without blocks: for a Slack that refuses the blocks.
std::string renderPlain(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// ▁▂▃▄▅▆▇█, scaled to the range of the values; an unknown value is "·".
std::string sparkline(const std::vector<std::optional<double>>& values);

/// The style of a preview: plain text, or with ANSI colours.
enum class Preview { plain, coloured };

/// A payload of render(), approximately as Slack shows it, for a terminal. For any other text, a line that
/// says that it is not such a payload. Ends with a line break; contains no control sequences other than
/// colours.
std::string previewOfPayload(const std::string& payload, Preview style);

}  // namespace arrivald::slack
