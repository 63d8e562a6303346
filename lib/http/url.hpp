// Url: parses absolute http and https URLs; percent-encoding and base64.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace arrivald::http {

struct Url {
  bool secure = false;      ///< https
  std::string host;         ///< IPv6 addresses without brackets
  std::string port;         ///< as given, or 80 / 443
  std::string target;       ///< path and query, at least "/"
  std::string credentials;  ///< the "user:password" before @, percent-decoded; empty if there is none

  /// Fails with Error::Kind::invalid for anything but http(s)://[user:password@]host[:port][/…]. The error's
  /// text never contains the URL.
  static Result<Url> parse(std::string_view text);
  /// For messages: "api.sendgrid.com:443".
  std::string peer() const { return host + ":" + port; }
  /// The Host header, without the scheme's default port.
  std::string hostHeader() const;
};

/// Takes "user:password@" out of a URL of any validity and returns it, percent-decoded and without the @;
/// empty if there is none. The client accepts no credentials in URLs.
std::string takeCredentials(std::string& url);

/// Encodes everything but the unreserved characters A–Z a–z 0–9 - . _ ~ as %XX (RFC 3986, section 2.3).
std::string percentEncode(std::string_view text);
/// Decodes %XX; a malformed sequence is left as it is.
std::string percentDecode(std::string_view text);
/// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);
/// The decoded bytes; empty if `text` is not valid base64.
std::string fromBase64(std::string_view text);

}  // namespace arrivald::http
