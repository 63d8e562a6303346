// proxy: what a company's proxy in front of the desk says of a request. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"

namespace arrivald::desk {

/// Peers from which X-Forwarded-For and, if `identityHeader` is not empty, the name of the user are believed.
struct Proxies {
  std::vector<std::string> peers;  ///< IP addresses
  std::string identityHeader;
};

bool isProxy(const Proxies& proxies, std::string_view peer);

/// Where the person is: the rightmost address of X-Forwarded-For that is no proxy; the peer itself if it is
/// none or says nothing.
std::string addressOf(const Proxies& proxies, const http::Headers& headers, std::string_view peer);

/// The name of the user that the proxy vouches for. Refused with Error::Kind::denied: from another peer;
/// missing; empty; given twice; with a comma or a character that is not printable; longer than 128 bytes.
Result<std::string> identityOf(const Proxies& proxies, const http::Headers& headers, std::string_view peer);

/// Whether the browser speaks https with the proxy.
bool isSecureAtProxy(const Proxies& proxies, const http::Headers& headers, std::string_view peer);

}  // namespace arrivald::desk
