// Concepts: groups words of the same meaning ("user", "recipient", "mailbox"; "unknown", "invalid"), so that
// the model can judge replies whose words it never saw.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace arrivald::causes {

/// Immutable after parse(); any thread.
class Concepts {
 public:
  /// Reads lines "name: word stem* word …". Fails with Error::Kind::invalid, naming the line.
  static Result<Concepts> parse(std::string_view text);
  /// The concept of a word; empty if it has none. The view lives as long as this object.
  std::string_view of(std::string_view word) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
  std::vector<std::string> names_;
  Index words_;
  Index stems_;
  std::size_t shortest_ = 64;  // of the stems, in bytes
  std::size_t longest_ = 0;
};

/// The built-in table. Throws std::logic_error if it is broken, which the tests exclude.
const Concepts& builtInConcepts();

}  // namespace arrivald::causes
