// Url: the parts of an absolute http or https address, and percent-encoding.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace arrivald::http {

struct Url {
  bool secure = false;      ///< https
  std::string host;         ///< without brackets
  std::string port;         ///< given, or 80 / 443
  std::string target;       ///< path and query, at least "/"
  std::string credentials;  ///< "user:password" as given before @, percent-decoded; empty if none

  /// Error::Kind::invalid for anything but http(s)://[user:password@]host[:port][/…]. The text never repeats
  /// the address.
  static Result<Url> parse(std::string_view text);
  /// For messages: "api.sendgrid.com:443".
  std::string peer() const { return host + ":" + port; }
  /// The Host header: the port is left out where it is the scheme's own.
  std::string hostHeader() const;
};

/// Everything but A–Z a–z 0–9 - . _ ~ becomes %XX (RFC 3986, unreserved).
std::string percentEncode(std::string_view text);
/// A malformed % stays as it is.
std::string percentDecode(std::string_view text);
std::string base64(std::string_view bytes);
/// Nothing of what is no base64.
std::string fromBase64(std::string_view text);

}  // namespace arrivald::http
