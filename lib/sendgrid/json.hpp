// json: reading small JSON documents that nobody vouches for. Private to this module.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// Deeper documents are refused: what we read is at most six deep, and a tree costs memory for each level.
inline constexpr std::size_t kMaxDepth = 32;

/// What brackets and quotes tell without understanding anything else.
struct Outline {
  std::size_t depth = 0;  ///< the deepest nesting
  bool closed = false;    ///< every string and bracket that was opened is closed
};
Outline outline(std::string_view json);

/// `json` without what would make a parser refuse the whole document for the sake of one value: bytes that
/// are not UTF-8 and escaped surrogates without a partner become U+FFFD, numbers beyond any machine's and NaN
/// become the string "?".
std::string repaired(std::string_view json);

/// The failure that a text which cannot be parsed stands for: emptyAnswer, html, truncated or malformed.
Failure unreadable(std::string_view json);

/// The document, or why there is none. One damaged string does not cost the others.
Answer<nlohmann::json> parse(std::string_view json);

/// The member, or null if `object` is none or has none of that name.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

/// Text, or a whole number as text; cut to `bytes`.
std::optional<std::string> textOf(const nlohmann::json& value, std::size_t bytes);

/// A count that came as an integer, as a float without a fraction or as digits in a string. Nothing for what
/// is negative, beyond 2^53 or anything else.
std::optional<std::int64_t> countOf(const nlohmann::json& value);
/// As above, of digits.
std::optional<std::int64_t> countOf(std::string_view digits);

/// True, or a word or number for it.
bool truthOf(const nlohmann::json& value);

Failure malformed(std::string detail);

}  // namespace arrivald::sendgrid
