// payload: a notification as JSON for a program of the operator's, and its signature. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/secret.hpp"
#include "notify/notification.hpp"

namespace arrivald::webhook {

inline constexpr int kPayloadVersion = 1;

/// {version, id, conversation, state, severity, account, rule, root: {categories, receivers, kinds}, since,
/// counts: {mails, bad}, members, text: {badge, title, short, sentence, side, next, details}, links}. What is
/// about no alert has the state "info" and no conversation. Texts are cut; the whole has at most 200,000
/// bytes.
std::string payloadOf(const notify::Notification& notification);

/// "v1=" and the HMAC-SHA256, in hexadecimal digits, of the time in seconds, a dot and the body.
std::string signatureOf(const Secret& key, std::int64_t at, std::string_view body);

}  // namespace arrivald::webhook
