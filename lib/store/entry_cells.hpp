// EntryCells: how many entries of the suppression lists agree in all that they are counted by. One pass over
// a period answers whatever is asked of it: its sums, and those of each choice within it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/entry_counts_table.hpp"

namespace arrivald::store {

struct EntryCell {
  std::string account;
  suppression::List list = suppression::List::bounces;
  causes::Class cause = causes::Class::unspecified;
  suppression::Side side = suppression::Side::unknown;
  std::string receivers;  ///< the group of receivers
  std::int64_t entries = 0;
};

/// The sums of some cells.
EntryCounts countsOf(std::span<const EntryCell> cells);

/// All members throw SqlError; call them inside Database::read(). Loop thread only.
class EntryCells {
 public:
  explicit EntryCells(Database& database) : database_(database) {}

  /// By the counters, or, where the filter names a domain, by its entries. In no order.
  std::vector<EntryCell> of(const EntryFilter& filter);
  /// The first day that has any; nothing if none has.
  std::optional<Date> firstDay(const EntryFilter& filter);

 private:
  Database& database_;
};

}  // namespace arrivald::store
