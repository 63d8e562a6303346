// printable: finds the characters by which text from outside could control a terminal, forge a line, or show
// something other than what it says: controls, bidirectional overrides and invisible characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace arrivald {

/// What the first character of a text is.
struct Unprintable {
  enum class Kind {
    none,
    control,   ///< C0, DEL, C1, the separators of lines and paragraphs, and bytes that are no UTF-8
    invisible  ///< changes the direction of text, or takes no space
  };
  Kind kind = Kind::none;
  std::size_t size = 0;  ///< in bytes
  char32_t code = 0;
};
Unprintable unprintableAt(std::string_view text);

/// `text` with U+FFFD in place of each control but line breaks and tabs, and without invisible characters:
/// for terminals and pages.
std::string printable(std::string_view text);

/// `text` with each of these characters but line breaks as an escape of JSON: "\u202e". Inside of JSON
/// strings this does not change the meaning.
std::string escapeUnprintable(std::string_view text);

}  // namespace arrivald
