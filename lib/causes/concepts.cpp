#include "causes/concepts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "causes/embedded.hpp"

namespace arrivald::causes {

Result<Concepts> Concepts::parse(std::string_view text) {
  Concepts concepts;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      return Error{Error::Kind::invalid, fmt::format("line {}: expected \"name: word stem* …\"", number)};
    const auto index = concepts.names_.size();
    concepts.names_.emplace_back(line.substr(0, colon));
    line.remove_prefix(colon + 2);
    while (!line.empty()) {
      const auto blank = std::min(line.find(' '), line.size());
      auto word = line.substr(0, blank);
      line.remove_prefix(std::min(blank + 1, line.size()));
      if (word.empty()) continue;
      const bool stem = word.back() == '*';
      if (stem) word.remove_suffix(1);
      if (!(stem ? concepts.stems_ : concepts.words_).emplace(word, index).second)
        return Error{Error::Kind::invalid, fmt::format("line {}: \"{}\" stands twice", number, word)};
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
