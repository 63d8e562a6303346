// StatisticsTable: ledger, windows and lifetime totals, as they stand.
#pragma once

#include <map>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "store/series_table.hpp"

namespace arrivald::store {

/// All members throw SqlError and belong into Database::transact or read.
class StatisticsTable {
 public:
  explicit StatisticsTable(Database& database)
      : database_(database), series_(database, SeriesTable::Of::statistics) {}

  /// Everything that was stored.
  void load(delivery::Ledger& ledger, delivery::Windows& windows,
            std::map<delivery::Subject, delivery::Counts>& totals);

  void putRead(const delivery::Source& source, Instant at, delivery::Ledger::DaysAsked days);
  void putCell(const delivery::Cell& cell);
  void removeCell(const delivery::Subject& subject, Date date);
  /// Windows and running totals.
  SeriesTable& series() { return series_; }
  /// The wall clock was set by `step`.
  void shift(Duration step);
  /// Drops all rows of ledger, windows and totals: before everything is written anew.
  void clear();

 private:
  Database& database_;
  SeriesTable series_;
};

}  // namespace arrivald::store
