// card: a notification as a message of Microsoft Teams with an Adaptive Card. Pure.
#pragma once

#include <string>

#include "notify/notification.hpp"

namespace arrivald::teams {

/// The largest message that a workflow takes.
inline constexpr std::size_t kMaxBytes = 28 * 1024;

/// Texts stand in runs, in which no markup has a meaning: text from outside cannot link or mention. What
/// would make the message too large is left out from its end.
std::string messageOf(const notify::Notification& notification);

}  // namespace arrivald::teams
