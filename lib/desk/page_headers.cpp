#include "desk/page_headers.hpp"

#include <fmt/format.h>

namespace arrivald::desk {

std::string_view contentSecurityPolicy() {
  return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
         "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
         "trusted-types 'none'";
}

void addPageHeaders(http::Response& response, Transport transport) {
  auto& headers = response.headers;
  headers.set("Content-Security-Policy", std::string(contentSecurityPolicy()));
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (!headers.find("Cache-Control")) headers.set("Cache-Control", "no-store");
  if (transport == Transport::tls) headers.set("Strict-Transport-Security", "max-age=31536000");
}

// A browser takes a name that begins with __Host- only with Secure and for this host alone.
std::string_view cookieName(CookieScope scope) {
  return scope == CookieScope::secure ? "__Host-arrivald" : "arrivald";
}

std::string sessionCookie(std::string_view token, CookieScope scope) {
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/{}", cookieName(scope), token,
                     scope == CookieScope::secure ? "; Secure" : "");
}

std::string endedSessionCookie(CookieScope scope) { return sessionCookie("", scope) + "; Max-Age=0"; }

}  // namespace arrivald::desk
