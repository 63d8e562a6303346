// responses: the answers that the routes of daemon/ are made of, and the language that a request asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/language.hpp"
#include "http/server.hpp"

namespace arrivald {

// What no cache may keep, since it is of this moment and may hold personal data. The text is taken as it is,
// with its line ends.
http::Response textResponse(unsigned status, std::string text);
http::Response jsonResponse(unsigned status, std::string body);
/// A page of lib/pages, with its content security policy.
http::Response pageResponse(unsigned status, std::string html);

/// That of the parameter `lang`, ja or en.
std::optional<Language> languageAsked(const http::ServerRequest& request);
/// Of whoever asks: by `lang`, else as the browser prefers, else `configured`.
Language languageOf(const http::ServerRequest& request, Language configured);

/// 404 with the text "not_found.KEY", in the language of whoever asks.
http::Response notFound(const http::ServerRequest& request, Language configured, std::string_view key);

}  // namespace arrivald
