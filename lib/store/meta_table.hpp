// MetaTable: single values that belong to no other table, by key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class MetaTable {
 public:
  explicit MetaTable(Database& database) : database_(database) {}
  std::optional<std::string> get(std::string_view key);
  void put(std::string_view key, std::string_view value);
  /// All entries whose key begins with `prefix`, ascending. `prefix` must not contain a wildcard (* ? [).
  std::vector<std::pair<std::string, std::string>> withPrefix(std::string_view prefix);

 private:
  Database& database_;
};

}  // namespace arrivald::store
