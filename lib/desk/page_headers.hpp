// page_headers: the headers that every answer of the desk carries.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace arrivald::desk {

/// Permits our own style, script, forms and requests, and nothing else.
std::string_view contentSecurityPolicy();

/// Whether this listener itself speaks TLS: only then browsers are told to insist on it.
enum class Transport { plain, tls };

/// Adds the policy and its companions. An answer that says nothing about caching is not kept by anybody.
void addPageHeaders(http::Response& response, Transport transport);

/// The value of Set-Cookie for a session; its name is cookieName().
enum class CookieScope { plain, secure };
std::string_view cookieName(CookieScope scope);
std::string sessionCookie(std::string_view token, CookieScope scope);
std::string endedSessionCookie(CookieScope scope);

}  // namespace arrivald::desk
