// utf8: validates, repairs and truncates text from outside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace arrivald {

/// True if `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool isUtf8(std::string_view text);

/// `text` with U+FFFD in place of each byte that belongs to no well-formed sequence.
std::string repairUtf8(std::string_view text);

/// The longest prefix of `text` of at most `bytes` bytes that does not end inside a character.
std::string_view cutUtf8(std::string_view text, std::size_t bytes);

/// The first `max` characters (code points) of well-formed `text`; if it is longer, the last of them is
/// replaced by "…".
std::string cutCharacters(std::string text, std::size_t max);

/// `text` as one line, for logs, labels and headings: well-formed UTF-8, each control character replaced by a
/// space, without invisible characters, runs of spaces collapsed, trimmed, and at most `bytes` bytes long,
/// "…" included where it was cut.
std::string oneLine(std::string_view text, std::size_t bytes);

}  // namespace arrivald
