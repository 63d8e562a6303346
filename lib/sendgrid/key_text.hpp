// key_text: keeps API keys out of texts and broken ones out of headers. Private to this module.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::sendgrid {

/// `text` without `key`, and without whatever looks like a key of SendGrid: a gateway's error page may repeat
/// what it was sent, the key included, and be cut off in the middle of it.
std::string withoutKeys(std::string text, std::string_view key);

/// Line breaks and other control characters, which no header may hold.
bool hasControls(std::string_view text);

}  // namespace arrivald::sendgrid
