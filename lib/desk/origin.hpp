// origin: whether a request comes from a page of ours, by a name of ours. Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace arrivald::desk {

/// Whether the Host header names this machine's own loopback or the host of `url`, the desk's address for
/// people; empty: none. Anything else may be another site's name that points here (DNS rebinding).
bool isOwnHost(std::string_view host, std::string_view url);
bool isGivenTwice(const http::Headers& headers, std::string_view name);

/// Whether a browser says that a page of this desk sends the request: by Sec-Fetch-Site, by Origin where that
/// is missing. Without both the answer is no.
bool isSameOrigin(const http::Headers& headers);

/// Whether a browser says that a link on another site leads here.
bool isCrossSite(const http::Headers& headers);

/// `target` if it is a path of this desk, otherwise "/": it begins with one slash, and holds no backslash, no
/// control character and no white space.
std::string localPath(std::string_view target);

/// The value of a cookie.
std::string cookieNamed(const http::Headers& headers, std::string_view name);

}  // namespace arrivald::desk
