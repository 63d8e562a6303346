// webhook: hands a rendered message to a Slack incoming webhook.
#pragma once

#include "base/secret.hpp"
#include "http/transport.hpp"
#include "notify/retry.hpp"
#include "runtime/task.hpp"

namespace arrivald::slack {

/// Slack takes about one message a second from a webhook.
inline constexpr Duration kPace = std::chrono::milliseconds(1100);

/// One attempt. The address is a secret: no text holds it. A cancelled attempt counts as passing.
runtime::Task<notify::DeliveryOutcome> post(http::Transport& transport, const Secret& webhook,
                                            std::string payload);

/// What Slack's answer means. Pure.
notify::DeliveryOutcome outcomeOf(const http::Response& response);
notify::DeliveryOutcome outcomeOf(const http::Failure& failure);

}  // namespace arrivald::slack
