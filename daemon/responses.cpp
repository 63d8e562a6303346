#include "daemon/responses.hpp"

#include <string_view>
#include <utility>

#include "http/accept_language.hpp"
#include "notify/catalogue.hpp"
#include "pages/status_page.hpp"

namespace arrivald {
namespace {

http::Response uncached(unsigned status, std::string_view type, std::string body) {
  return {status, {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}}, std::move(body)};
}

}  // namespace

http::Response textResponse(unsigned status, std::string text) {
  return uncached(status, "text/plain; charset=utf-8", std::move(text));
}

http::Response jsonResponse(unsigned status, std::string body) {
  return uncached(status, "application/json", std::move(body));
}

http::Response pageResponse(unsigned status, std::string html) {
  auto response = uncached(status, "text/html; charset=utf-8", std::move(html));
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Content-Security-Policy", pages::contentSecurityPolicy());
  return response;
}

std::optional<Language> languageAsked(const http::ServerRequest& request) {
  const auto asked = request.parameter("lang");
  if (asked == "en") return Language::english;
  if (asked == "ja") return Language::japanese;
  return std::nullopt;
}

Language languageOf(const http::ServerRequest& request, Language configured) {
  if (const auto asked = languageAsked(request)) return *asked;
  const auto header = request.headers.find("Accept-Language");
  return header ? http::preferredLanguage(*header).value_or(configured) : configured;
}

http::Response notFound(const http::ServerRequest& request, Language configured, std::string_view key) {
  const auto& words = notify::Catalogue::of(languageOf(request, configured));
  return textResponse(404, words.text("not_found." + std::string(key)) + '\n');
}

}  // namespace arrivald
