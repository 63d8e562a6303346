// Reply: what is known about one failed delivery. All of it comes from outside and may be missing, cut or
// wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/instant.hpp"

namespace arrivald::causes {

/// At which command the receiver said no; evidence where it is known.
enum class Stage : std::uint8_t { unknown, connect, hello, mailFrom, recipient, data };
/// Reads "RCPT", "RCPT TO", "DATA", "EHLO", "MAIL FROM", …, in any case; anything else is `unknown`.
Stage stageNamed(std::string_view text);

/// Views: the owner keeps the texts alive during explain().
struct Reply {
  std::string_view text;             ///< the reply as it came, any length, any bytes
  std::string_view status;           ///< "5.1.1", in old entries "550", or empty
  std::string_view recipientDomain;  ///< without @
  std::string_view remoteHost;       ///< the receiving server, or the name of the provider
  std::string_view recipient;        ///< our recipient, for telling a forward; empty: not known
  Stage stage = Stage::unknown;
  /// When the reply was given; some providers' words changed their meaning with time.
  std::optional<Instant> at;
};

}  // namespace arrivald::causes
