// StatisticsTable: the stored ledger, windows and lifetime totals of the statistics.
#pragma once

#include <map>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "store/series_table.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class StatisticsTable {
 public:
  explicit StatisticsTable(Database& database)
      : database_(database), series_(database, SeriesTable::Of::statistics) {}

  /// Restores everything that was stored.
  void load(delivery::Ledger& ledger, delivery::Windows& windows,
            std::map<delivery::Subject, delivery::Counts>& totals);

  void putRead(const delivery::Source& source, Instant at, delivery::Ledger::DaysAsked days);
  void putCell(const delivery::Cell& cell);
  void removeCell(const delivery::Subject& subject, Date date);
  /// Windows and running totals.
  SeriesTable& series() { return series_; }
  /// Moves all times by a step of the wall clock.
  void shift(Duration step);
  /// Deletes all rows of ledger, windows and totals, before everything is written again.
  void clear();

 private:
  Database& database_;
  SeriesTable series_;
};

}  // namespace arrivald::store
