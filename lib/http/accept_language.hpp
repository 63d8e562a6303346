// preferredLanguage: the language that a browser asks for. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/language.hpp"

namespace arrivald::http {

/// Of a header Accept-Language, "ja,en-US;q=0.8": the one with the highest q, and of those the first. Nothing
/// if it names none that arrivald speaks.
std::optional<Language> preferredLanguage(std::string_view header);

}  // namespace arrivald::http
