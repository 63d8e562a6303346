// word_table: the compiled-in tables of lines "name: word word …". Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace arrivald {

/// One line. Its texts are views into the table.
struct WordRow {
  int line = 0;  ///< its number, from 1
  std::string_view name;
  std::vector<std::string_view> words;
};

/// Reads a table. Empty lines and those that begin with '#' count as lines only. Fails with
/// Error::Kind::invalid, naming the line, where there is no colon and blank; `form` is what was expected
/// there: "name: domain domain …".
Result<std::vector<WordRow>> parseWordTable(std::string_view text, std::string_view form);

}  // namespace arrivald
