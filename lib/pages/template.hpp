// template: makes HTML of a page's template and its values. The templates are *.mustache, compiled in.
//
// When they are read, {{> part}} becomes that part, {{t.key}} the text of desk.*.json and {{i.name}} an icon
// of icons.svg. What is left are values: escaped, in text or in double-quoted attributes only.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/language.hpp"

namespace arrivald::pages {

/// Renders the page `name` ("list"). An empty text, false, null and an empty array are "no" to a section. An
/// unknown page is a bug: throws. One thread at a time.
std::string renderTemplate(std::string_view name, Language language, const nlohmann::json& values);

/// Reads all templates, so that a mistake in one is found at the start: throws std::logic_error.
void readTemplates();

/// `text` with & < > " ' escaped, with invisible characters and controls but line breaks and tabs as visible
/// tokens ("[U+202E]"), and U+FFFD in place of bytes that are not UTF-8.
std::string escapeHtml(std::string_view text);

}  // namespace arrivald::pages
