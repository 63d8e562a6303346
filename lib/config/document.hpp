// document: parses YAML into a plain tree of nodes with their places. Hides yaml-cpp. Private to lib/config.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace arrivald::config {

/// One value. Aliases and merge keys (`<<`) have been resolved.
struct Node {
  enum class Kind { nothing, scalar, list, mapping };
  Kind kind = Kind::nothing;
  std::string text;  ///< of a scalar
  Place place;       ///< where the value begins; for `nothing`, where its key begins
  std::vector<Node> children;
  std::string key;  ///< in a mapping, where keys are unique
  Place keyPlace;
};
/// "nothing", "a single value", "a list", "a mapping".
Phrase inWords(Node::Kind kind);
/// The items of a list; a single value counts as a list of one.
std::vector<const Node*> itemsOf(const Node& node);

// Limits of a file after all aliases are resolved.
inline constexpr int kMaxDepth = 16;
inline constexpr std::size_t kMaxValues = 10'000;
inline constexpr std::size_t kMaxExpandedBytes = 4u << 20;

/// Empty if `text` is not YAML, contains more than one document or exceeds a limit; the reason is added to
/// `problems`. Smaller mistakes, such as a repeated key, are added too but still yield a tree.
std::optional<Node> parseDocument(std::string_view text, Problems& problems);

}  // namespace arrivald::config
