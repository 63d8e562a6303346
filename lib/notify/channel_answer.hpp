// channel_answer: what the answer of a channel's service means for people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "notify/catalogue.hpp"

namespace arrivald::notify {

/// Which remedy an answer calls for: "webhook", "channel", "forbidden", "mentions", "ours", "rate",
/// "service", "proxy", "network" or "other". `answer` is the text of a channel's error: a status and Slack's
/// word
/// ("404 no_service"), or the kind of a failed request in front ("dns (…)"). Slack's words decide before the
/// status: https://api.slack.com/messaging/webhooks, "Handling errors".
std::string_view remedyFor(std::string_view answer);

/// The answer for people: Slack's own words as they are; what arrivald found in the language of `words`.
std::string answerWords(const Catalogue& words, std::string_view answer);

}  // namespace arrivald::notify
