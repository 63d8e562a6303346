// MetaTable: single facts that belong to no other table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError and belong into Database::transact or read.
class MetaTable {
 public:
  explicit MetaTable(Database& database) : database_(database) {}
  std::optional<std::string> get(std::string_view key);
  void put(std::string_view key, std::string_view value);
  /// Key and value of every key that begins with `prefix`, ascending. `prefix` holds no wildcard (* ? [).
  std::vector<std::pair<std::string, std::string>> withPrefix(std::string_view prefix);

 private:
  Database& database_;
};

}  // namespace arrivald::store
