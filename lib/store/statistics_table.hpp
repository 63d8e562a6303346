// StatisticsTable: ledger, windows and lifetime totals, as they stand.
#pragma once

#include <map>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError and belong into Database::transact or read.
class StatisticsTable {
 public:
  explicit StatisticsTable(Database& database) : database_(database) {}

  /// Everything that was stored.
  void load(delivery::Ledger& ledger, delivery::Windows& windows,
            std::map<delivery::Subject, delivery::Counts>& totals);

  void putRead(const delivery::Source& source, Instant at, delivery::Ledger::DaysAsked days);
  void putCell(const delivery::Cell& cell);
  void removeCell(const delivery::Subject& subject, Date date);
  void change(const delivery::Subject& subject, const delivery::Series::Change& change);
  /// What the subject gained since arrivald began to count: the exported counters continue from it.
  void putTotals(const delivery::Subject& subject, const delivery::Counts& totals);
  void forget(const delivery::Subject& subject);
  /// The wall clock was set by `step`.
  void shift(Duration step);
  /// Drops all rows of ledger, windows and totals: before everything is written anew.
  void clear();

 private:
  std::int64_t idOf(const delivery::Subject& subject);
  Database& database_;
  std::map<delivery::Subject, std::int64_t> ids_;
  std::uint64_t rollbacks_ = 0;  // of the database, when ids_ was right
};

}  // namespace arrivald::store
