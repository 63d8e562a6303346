// SelectionsTable: what each user of the desk has ticked.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"
#include "suppression/entry.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class SelectionsTable {
 public:
  explicit SelectionsTable(Database& database) : database_(database) {}

  /// In the order of the list: newest first. Entries that are no longer known are left out.
  std::vector<suppression::EntryId> of(std::string_view user, Instant since);
  std::size_t count(std::string_view user, Instant since);
  /// False if no such entry is known.
  bool add(std::string_view user, suppression::EntryId entry, Instant at);
  void remove(std::string_view user, suppression::EntryId entry);
  void clear(std::string_view user);
  /// Of all users.
  void removeBefore(Instant at);
  /// The wall clock was set by `step`.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
