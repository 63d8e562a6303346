// notification_json: a notification as the outbox keeps it. Pure. The form is pinned by
// tests/notify/golden/notification.json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

/// Written into every stored notification. Raise it when a field changes its meaning; a new field that older
/// code may ignore needs no new version.
inline constexpr int kNotificationVersion = 1;

/// One line of JSON in UTF-8. Bytes that are no UTF-8 become U+FFFD, and trend values that are no finite
/// numbers are absent; everything else is read back as it was.
std::string toJson(const Notification& notification);

/// Error::Kind::invalid if the text is not JSON, lacks a field that every notification has, or holds one of
/// another type; Error::Kind::unsupported if a newer version wrote it. Unknown fields are ignored.
Result<Notification> notificationFromJson(std::string_view text);

}  // namespace arrivald::notify
