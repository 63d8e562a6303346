// web_api: the answers of Slack's Web API (https://docs.slack.dev/apis/web-api). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace arrivald::slack {

/// The timestamp by which Slack knows a message of a channel: "1764046800.000100"; or why it took none.
/// HTTP's status is 200 for most refusals, with a word in the body: "channel_not_found". What only people can
/// mend is of Party::configuration. `token` is never part of the text.
Result<std::string> timestampOf(http::Response response, std::string_view token);

/// Whether the token may post, by the answer of auth.test. The scopes stand in its header X-OAuth-Scopes.
Done mayPost(http::Response response, std::string_view token);

}  // namespace arrivald::slack
