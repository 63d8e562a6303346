// Request, Response, Failure: HTTP as plain values; nothing of Beast or OpenSSL shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald::http {

/// Header fields in the order given. Names compare without case.
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

/// How long a request may take, by the injected clock, and how much may come back.
struct Limits {
  Duration connect =
      std::chrono::seconds(10);  ///< name look-up, connection, proxy and TLS handshake together
  Duration read =
      std::chrono::seconds(30);  ///< between sending the request and any byte, or between two bytes
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
};

/// Why there is no response.
struct Failure {
  enum class Kind {
    dns,         ///< the name cannot be resolved
    connect,     ///< nobody answers at the address
    proxy,       ///< the proxy refuses
    tls,         ///< no trusted, matching, modern TLS
    timedOut,    ///< one of the limits' times ran out
    closed,      ///< the connection ended before the answer did
    tooLarge,    ///< the answer breaks the limits' sizes
    protocol,    ///< the answer is no HTTP
    invalidUrl,  ///< the URL, a header field or the proxy's address cannot be used: ours to fix
    cancelled,
  };
  Kind kind;
  std::string
      text;  ///< for people: the peer as host:port and what happened; never the path, the query or a header
};
std::string_view name(Failure::Kind kind);

/// In everybody's terms; `peer` is whom we asked, and answers for what happened once it was reached. Names,
/// connections, proxy and TLS are the network's, a bad URL is the configuration's. The text is one line, with
/// addresses masked.
Error toError(const Failure& failure, Party peer);

}  // namespace arrivald::http
