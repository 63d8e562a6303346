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
/// Reads "RCPT", "rcpt to", "end of DATA", "EHLO", "MAIL FROM", "in reply to DATA command", …, in any case;
/// anything else is `unknown`.
Stage stageNamed(std::string_view text);

/// What becomes of the mail, which is not what the reply means: "try again later" in a final refusal is not
/// followed by another attempt.
enum class Outcome : std::uint8_t {
  unknown,
  retried,  ///< a deferral: SendGrid tries again, for 72 hours
  ended,    ///< refused for good, or given up: the mail is not sent again by itself
  notSent,  ///< SendGrid dropped it: no receiver was asked
};
/// By the event that reported it ("deferred", "bounce", "blocked", "dropped", …); else by the suppression
/// list that contains it ("bounces", "blocks", …); `unknown` if both are empty or neither tells.
Outcome outcomeNamed(std::string_view event, std::string_view list);

/// Views: the caller keeps the texts alive during explain().
struct Reply {
  std::string_view text;               ///< the reply as received: any length, any bytes
  std::string_view status;             ///< "5.1.1", in old entries "550", or empty
  std::string_view recipientDomain;    ///< without @
  std::string_view remoteHost;         ///< the receiving server's host name, or the provider's name
  std::string_view recipient;          ///< our recipient, to recognise forwarding; empty: unknown
  Stage stage = Stage::unknown;        ///< `unknown`: that which the text names
  Outcome outcome = Outcome::unknown;  ///< `unknown`: by the reply code, 4xx or 5xx
  /// When the reply was received: some providers' replies have changed their meaning over time.
  std::optional<Instant> at;
};

}  // namespace arrivald::causes
