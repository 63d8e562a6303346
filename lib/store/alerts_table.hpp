// AlertsTable: the alerts, one for each rule and subject.
#pragma once

#include <span>

#include "rules/alert.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class AlertsTable {
 public:
  explicit AlertsTable(Database& database) : database_(database) {}

  /// Rows that cannot be parsed (corrupt, or of a newer version) are left out and counted in `unreadable`.
  std::vector<rules::Alert> load(std::size_t& unreadable);
  /// Replaces the table's contents by `alerts`, writing only rows that differ from `before`.
  void put(std::span<const rules::Alert> before, std::span<const rules::Alert> alerts);
  /// The same where it is not known what the table contains.
  void replace(std::span<const rules::Alert> alerts);

 private:
  Database& database_;
};

}  // namespace arrivald::store
