// json: parses small, untrusted JSON documents. Private to this module.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// Deeper documents are refused: SendGrid's are at most six levels deep, and each level costs memory.
inline constexpr std::size_t kMaxDepth = 32;

/// The structure of a text by its brackets and quotes alone.
struct Outline {
  std::size_t depth = 0;  ///< the deepest nesting
  bool closed = false;    ///< all strings and brackets are closed
};
Outline outline(std::string_view json);

/// `json` without defects that would make a parser refuse the whole document: bytes that are not UTF-8 and
/// escaped surrogates without a partner become U+FFFD; numbers that no double can hold, and NaN, become the
/// string "?".
std::string repaired(std::string_view json);

/// Classifies a text that cannot be parsed: emptyAnswer, html or malformed.
Failure unreadable(std::string_view json);

/// Parses a document, after repaired() if necessary.
Answer<nlohmann::json> parse(std::string_view json);

/// The member, or a null value if `object` is not an object or has no such member.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

/// Text, or an integer as text; truncated to `bytes`. Empty for anything else.
std::optional<std::string> textOf(const nlohmann::json& value, std::size_t bytes);

/// A count given as an integer, as a float without a fraction or as digits in a string. Empty if it is
/// negative, beyond 2^53 or anything else.
std::optional<std::int64_t> countOf(const nlohmann::json& value);
/// The same for a string of digits.
std::optional<std::int64_t> countOf(std::string_view digits);

/// True for `true`, and for a word or number that means it.
bool truthOf(const nlohmann::json& value);

Failure malformed(Phrase detail);

}  // namespace arrivald::sendgrid
