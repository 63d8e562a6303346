// cell: one table cell for spreadsheet programs, from any text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::sheet {

inline constexpr std::size_t kMaxCharacters = 32'767;  ///< of a cell: the limit of Excel

/// One line of well-formed UTF-8 with at most kMaxCharacters UTF-16 units: line breaks and control characters
/// are spaces.
std::string cellText(std::string_view text);

/// Whether a spreadsheet program may take the cell for a formula: the first character behind blanks is one of
/// = + - @ in any width, or ー, or a tab stands before it.
bool looksLikeFormula(std::string_view text);

/// A field of a CSV line: quoted, with quotes doubled, and with a leading ' if it looks like a formula.
std::string csvField(std::string_view text);

}  // namespace arrivald::sheet
