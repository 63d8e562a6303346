// Reply: what is known about one failed delivery. All of it comes from outside and may be missing, truncated
// or wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/instant.hpp"

namespace arrivald::causes {

/// The SMTP command that the receiving server refused; `unknown` if it is not reported.
enum class Stage : std::uint8_t { unknown, connect, hello, mailFrom, recipient, data };
/// Reads "RCPT", "RCPT TO", "DATA", "EHLO", "MAIL FROM", …, in any case; anything else is `unknown`.
Stage stageNamed(std::string_view text);

/// Views: the caller keeps the texts alive during explain().
struct Reply {
  std::string_view text;             ///< the reply as received: any length, any bytes
  std::string_view status;           ///< "5.1.1", in old entries "550", or empty
  std::string_view recipientDomain;  ///< without @
  std::string_view remoteHost;       ///< the receiving server's host name, or the provider's name
  std::string_view recipient;        ///< our recipient, to recognise forwarding; empty: unknown
  Stage stage = Stage::unknown;
  /// When the reply was received: some providers' replies have changed their meaning over time.
  std::optional<Instant> at;
};

}  // namespace arrivald::causes
