// document: a YAML text as a plain tree with places. The only header through which yaml-cpp's work is seen;
// private to lib/config.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace arrivald::config {

/// One value. A plain tree: aliases and merge keys (`<<`) have been followed.
struct Node {
  enum class Kind { nothing, scalar, list, mapping };
  Kind kind = Kind::nothing;
  std::string text;  ///< of a scalar
  Place place;       ///< where the value begins; of nothing where its key is
  std::vector<Node> children;
  std::string key;  ///< in a mapping, where keys are unique
  Place keyPlace;
};
/// "nothing", "a single value", "a list", "a mapping".
std::string_view inWords(Node::Kind kind);
/// The items of a list; of a single value itself.
std::vector<const Node*> itemsOf(const Node& node);

// What a file may hold, with all aliases followed.
inline constexpr int kMaxDepth = 16;
inline constexpr std::size_t kMaxValues = 10'000;
inline constexpr std::size_t kMaxExpandedBytes = 4u << 20;

/// Nothing if `text` is no YAML, more than one document, or beyond a limit: then there is one problem more.
/// Smaller mistakes, such as a key that stands twice, are told as well, but leave a tree to go on with.
std::optional<Node> parseDocument(std::string_view text, Problems& problems);

}  // namespace arrivald::config
