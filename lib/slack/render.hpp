// render: renders a notification as Slack Block Kit, within Slack's limits. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notify/notification.hpp"

namespace arrivald::slack {

/// The JSON payload for an incoming webhook. `mentions` are "here", "channel", user ids (U…, W…) or group ids
/// (S…) from the YAML; they are added if the notification asks for it. Everything else is escaped: text from
/// outside cannot mention, link or format. Texts beyond Slack's limits are cut with an ellipsis.
std::string render(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// The same in plain text, without blocks: for a Slack that refuses the blocks.
std::string renderPlain(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// Headline, next step, sentence and whose side: for a thread whose first message has the rest.
std::string renderShort(const notify::Notification& notification, const std::vector<std::string>& mentions);

/// A payload of render() with a line below its text that says what `remark` says. A payload of another form
/// stays as it is.
std::string withRemark(const std::string& payload, const notify::Notification& remark);

// For Slack's Web API: a payload of one of the above, addressed. `room` is the id of a channel, `timestamp`
// that of a message there.
std::string inChannel(const std::string& payload, std::string_view room);
std::string editOf(const std::string& payload, std::string_view room, std::string_view timestamp);
/// Whether a message below another one is shown in the channel as well.
enum class Reach { threadOnly, channelToo };
std::string below(const std::string& payload, std::string_view room, std::string_view timestamp, Reach reach);

/// ▁▂▃▄▅▆▇█, scaled to the range of the values; an unknown value is "·".
std::string sparkline(const std::vector<std::optional<double>>& values);

/// The style of a preview: plain text, or with ANSI colours.
enum class Preview { plain, coloured };

/// A payload of render(), approximately as Slack shows it, for a terminal. For any other text, a line that
/// says that it is not such a payload. Ends with a line break; contains no control sequences other than
/// colours.
std::string previewOfPayload(const std::string& payload, Preview style);

}  // namespace arrivald::slack
