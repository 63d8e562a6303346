// entry_conditions: an EntryFilter as SQL. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The rows of entry_facets that a filter leaves, as the rest of a SELECT from its FROM on. The filter must
/// outlive it.
class FacetRows {
 public:
  /// Looks whether so few entries were first seen in the time that the filter names that they are read first.
  FacetRows(Database& database, const EntryFilter& filter);
  /// `index`: "INDEXED BY …" or empty; of no use where the entries seen are read first.
  std::string sql(std::string_view index) const;
  /// Binds the parameters of sql(); created before `to`.
  void bind(Statement& statement, std::int64_t to) const;

 private:
  const EntryFilter& filter_;
  EntryFilter rest_;  // what the rows are filtered by besides
  bool bySeen_ = false;
};

/// Whether a filter leaves out nothing of its period.
bool isWhole(const EntryFilter& filter);

/// A part of a filter's days, as it is counted: whole spans of 32 days by entry_spans, others by
/// entry_counts.
struct CountedDays {
  std::string_view from;  ///< the rest of a SELECT from its FROM on, to "BETWEEN ? AND ?"
  std::int64_t first = 0, last = 0;
};
std::vector<CountedDays> countedDays(const EntryFilter& filter);
/// All of them by entry_counts.
CountedDays wholeDays(const EntryFilter& filter);

/// Which index of entry_facets finds the fewest rows for the filter: "INDEXED BY …", or empty where its order
/// alone does. Nothing if no entry fits.
std::optional<std::string> rarest(Database& database, const EntryFilter& filter);

}  // namespace arrivald::store
