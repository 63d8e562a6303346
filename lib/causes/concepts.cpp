#include "causes/concepts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/word_table.hpp"
#include "causes/embedded.hpp"

namespace arrivald::causes {

Result<Concepts> Concepts::parse(std::string_view text) {
  const auto rows = parseWordTable(text, "name: word stem* …");
  if (!rows) return rows.error();
  Concepts concepts;
  for (const auto& row : *rows) {
    const auto index = concepts.names_.size();
    concepts.names_.emplace_back(row.name);
    for (auto word : row.words) {
      const bool stem = word.back() == '*';
      if (stem) word.remove_suffix(1);
      if (!(stem ? concepts.stems_ : concepts.words_).emplace(word, index).second)
        return Error{Error::Kind::invalid, fmt::format("line {}: \"{}\" stands twice", row.line, word)};
      if (!stem) continue;
      concepts.shortest_ = std::min(concepts.shortest_, word.size());
      concepts.longest_ = std::max(concepts.longest_, word.size());
    }
  }
  return concepts;
}

std::string_view Concepts::of(std::string_view word) const {
  if (const auto found = words_.find(word); found != words_.end()) return names_[found->second];
  for (auto length = std::min(word.size(), longest_); length >= shortest_; --length)
    if (const auto found = stems_.find(word.substr(0, length)); found != stems_.end())
      return names_[found->second];
  return {};
}

const Concepts& builtInConcepts() {
  static const Concepts concepts = [] {
    auto read = Concepts::parse(conceptsTable());
    if (!read) throw std::logic_error("concepts.txt: " + read.error().text);
    return std::move(read).value();
  }();
  return concepts;
}

}  // namespace arrivald::causes
