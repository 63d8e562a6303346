// StatisticsTable: the stored ledger, windows and lifetime totals of the statistics.
#pragma once

#include <map>
#include <vector>

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
  /// In place of those stored before.
  void putJumps(const delivery::Subject& subject, const std::vector<delivery::Jump>& jumps);
  void removeCell(const delivery::Subject& subject, Date date);
  /// Windows and running totals.
  SeriesTable& series() { return series_; }
  /// Moves all times by a step of the wall clock.
  void shift(Duration step);
  /// Deletes all rows of ledger, windows and totals, before everything is written again.
  void clear();

 private:
  void loadJumps(delivery::Ledger& ledger, const std::map<std::int64_t, delivery::Subject>& subjects);
  Database& database_;
  SeriesTable series_;
};

}  // namespace arrivald::store
