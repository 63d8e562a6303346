// entry_conditions: an EntryFilter as SQL. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/database.hpp"
#include "store/entry_filter.hpp"

namespace arrivald::store {

/// What a filter asks of `list`, `class`, `side`, `receivers` and `domain`, as the rest of a WHERE clause.
/// The filter must outlive it.
class Conditions {
 public:
  explicit Conditions(const EntryFilter& filter) : filter_(filter) {}
  /// Begins with " AND ", or is empty.
  std::string sql() const;
  /// Binds the parameters in the order of sql().
  void bind(Statement& statement) const;

 private:
  const EntryFilter& filter_;
};

/// Which index of entry_facets finds the fewest rows for the filter: "INDEXED BY …", or empty where its order
/// alone does. Nothing if no entry fits.
std::optional<std::string> rarest(Database& database, const EntryFilter& filter);

}  // namespace arrivald::store
