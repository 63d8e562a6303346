// message: a notification as a message of Chatwork. Pure.
#pragma once

#include <string>
#include <vector>

#include "notify/notification.hpp"

namespace arrivald::chatwork {

/// Chatwork's own markup around texts whose brackets are full-width ones: text from outside cannot mention,
/// quote or link. `mentions` are "all" and ids of members; they are added if the notification asks for it. At
/// most 20,000 bytes.
std::string messageOf(const notify::Notification& notification, const std::vector<std::string>& mentions);

}  // namespace arrivald::chatwork
