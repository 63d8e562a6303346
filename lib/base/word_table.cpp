#include "base/word_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace arrivald {

Result<std::vector<WordRow>> parseWordTable(std::string_view text, std::string_view form) {
  std::vector<WordRow> rows;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      return Error{Error::Kind::invalid, fmt::format("line {}: expected \"{}\"", number, form)};
    WordRow row{number, line.substr(0, colon), {}};
    line.remove_prefix(colon + 2);
    while (!line.empty()) {
      const auto blank = std::min(line.find(' '), line.size());
      if (blank > 0) row.words.push_back(line.substr(0, blank));
      line.remove_prefix(std::min(blank + 1, line.size()));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace arrivald
