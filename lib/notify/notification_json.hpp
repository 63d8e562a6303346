// notification_json: the stored form of a notification. Pure. The form is pinned by
// tests/notify/golden/notification.json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

/// Written into every stored notification. Increase it when a field changes its meaning; a new field that
/// older code may ignore needs no new version.
inline constexpr int kNotificationVersion = 1;

/// One line of JSON in UTF-8. Invalid UTF-8 becomes U+FFFD, and trend values that are not finite become
/// absent; everything else is read back unchanged.
std::string toJson(const Notification& notification);

/// Error::Kind::invalid if the text is not JSON, lacks a required field, or has a field of another
/// type; Error::Kind::unsupported if a newer version wrote it. Unknown fields are ignored.
Result<Notification> notificationFromJson(std::string_view text);

}  // namespace arrivald::notify
