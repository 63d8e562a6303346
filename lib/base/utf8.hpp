// utf8: text from outside, made fit to be kept, cut and shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace arrivald {

/// True if `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool isUtf8(std::string_view text);

/// `text` with U+FFFD in place of each byte that belongs to no well-formed sequence.
std::string repairUtf8(std::string_view text);

/// At most `bytes` bytes from the beginning of `text`, never ending within a character.
std::string_view cutUtf8(std::string_view text, std::size_t bytes);

/// At most `max` characters from the beginning of well-formed `text`; where it is longer, the last of them is
/// "…".
std::string cutCharacters(std::string text, std::size_t max);

/// For a log line, a label or a heading: well-formed, without control characters (each becomes a space), runs
/// of blanks made one, trimmed, and where it is longer than `bytes` cut there, "…" included.
std::string oneLine(std::string_view text, std::size_t bytes);

}  // namespace arrivald
