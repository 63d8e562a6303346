// json_answer: fields of the daemon's JSON as commands print them. Texts come from receivers and strangers:
// they must not control the terminal.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/language.hpp"
#include "base/printable.hpp"

namespace arrivald::json_answer {

using Json = nlohmann::ordered_json;

/// Null if there is none of this name.
inline const Json& at(const Json& value, const char* key) {
  static const Json nothing;
  if (!value.is_object()) return nothing;
  const auto found = value.find(key);
  return found == value.end() ? nothing : *found;
}

/// Empty if it is no string; likewise 0 and false below.
inline std::string text(const Json& value, const char* key) {
  const auto& found = at(value, key);
  return found.is_string() ? printable(found.get<std::string>()) : std::string();
}

inline std::int64_t whole(const Json& value, const char* key) {
  const auto& found = at(value, key);
  return found.is_number() ? found.get<std::int64_t>() : 0;
}

inline bool flag(const Json& value, const char* key) {
  const auto& found = at(value, key);
  return found.is_boolean() && found.get<bool>();
}

inline Language languageOf(const Json& value) {
  return text(value, "language") == "en" ? Language::english : Language::japanese;
}

}  // namespace arrivald::json_answer
