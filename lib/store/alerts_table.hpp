// AlertsTable: what the rules remember about each rule at each subject.
#pragma once

#include <span>

#include "rules/alert.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError and belong into Database::transact or read.
class AlertsTable {
 public:
  explicit AlertsTable(Database& database) : database_(database) {}

  /// Rows that cannot be read (of a damaged or much newer version) are left out and counted in `unreadable`.
  std::vector<rules::Alert> load(std::size_t& unreadable);
  /// Makes the table hold exactly `alerts`, writing only rows that are not what `before` says.
  void put(std::span<const rules::Alert> before, std::span<const rules::Alert> alerts);

 private:
  Database& database_;
};

}  // namespace arrivald::store
