// Request, Response, Failure: HTTP messages as plain values, independent of Beast and OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald::http {

class BodySource;

/// Header fields in the given order. Names are compared without case (ASCII).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name.
  void set(std::string name, std::string value);
  /// The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

bool equalsWithoutCase(std::string_view a, std::string_view b);

/// Limits of a request: durations (by the injected clock) and sizes of the response.
struct Limits {
  Duration connect = std::chrono::seconds(10);  ///< DNS look-up, connection, proxy and TLS handshake together
  Duration read =
      std::chrono::seconds(30);  ///< between the request and the first byte, and between any two reads
  Duration total = std::chrono::seconds(60);
  std::size_t headerBytes = 16 * 1024;
  std::size_t bodyBytes = 8 * 1024 * 1024;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Request {
  std::string method = "GET";
  std::string url;  ///< absolute, http or https; may hold a secret (a webhook's), so it never appears in a
                    ///< failure's text
  Headers headers;
  std::string body;
  Limits limits;
};

struct Response {
  unsigned status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<BodySource> source = nullptr;  ///< of what a server sends; then `body` is empty
};

/// Why there is no response.
struct Failure {
  enum class Kind {
    dns,         ///< the host name does not resolve
    connect,     ///< the TCP connection fails
    proxy,       ///< the proxy refuses or fails
    tls,         ///< the TLS handshake fails: version, certificate or host name
    timedOut,    ///< one of Limits' durations expired
    closed,      ///< the connection ended before the response was complete
    tooLarge,    ///< the response exceeds one of Limits' sizes
    protocol,    ///< the response is not valid HTTP
    invalidUrl,  ///< the URL, a header field or the proxy's address is invalid: a configuration error
    cancelled,
  };
  Kind kind;
  std::string text;  ///< for operators: host:port and what happened; never the path, the query or a header
  bool connecting = false;  ///< a time-out before the connection to the server stood
  Phrase phrase = {};       ///< what `text` says, for other languages; empty: there is only the text

  Phrase said() const { return phrase.empty() ? verbatim(text) : phrase; }
};
std::string_view name(Failure::Kind kind);

/// Converts to the common error type. `peer` is the party that runs the server; it is at fault for errors
/// after the connection was made. DNS, connection, proxy and TLS errors, and time-outs while connecting,
/// belong to Party::network, an invalid URL to Party::configuration. The text is one line with addresses
/// masked.
Error toError(const Failure& failure, Party peer);

}  // namespace arrivald::http
