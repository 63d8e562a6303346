// event: a notification as an event of PagerDuty's Events API v2. Pure.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "notify/notification.hpp"

namespace arrivald::pagerduty {

/// What goes on triggers, what somebody takes care of acknowledges, what is over resolves; all of one
/// conversation have its dedup_key, so that they are one incident there. Texts are cut; the whole has at most
/// 200,000 bytes.
std::string eventOf(const notify::Notification& notification, const Secret& key);

}  // namespace arrivald::pagerduty
