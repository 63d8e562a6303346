// SeriesTable: windows and running totals by subject. There are two such pairs of tables: what the statistics
// say, and what the event stream does.
#pragma once

#include <map>
#include <string>

#include "delivery/window.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError and belong into Database::transact or read.
class SeriesTable {
 public:
  enum class Of { statistics, events };
  SeriesTable(Database& database, Of of);

  /// Everything that was stored.
  void load(delivery::Windows& windows, std::map<delivery::Subject, delivery::Counts>& totals);
  void change(const delivery::Subject& subject, const delivery::Series::Change& change);
  /// What the subject gained since arrivald began to count: the exported counters continue from it.
  void putTotals(const delivery::Subject& subject, const delivery::Counts& totals);
  void forget(const delivery::Subject& subject);
  /// The wall clock was set by `step`.
  void shift(Duration step);
  void clear();

  /// Gives the subject a number if it has none.
  std::int64_t idOf(const delivery::Subject& subject);
  const std::map<delivery::Subject, std::int64_t>& ids() const { return ids_; }

 private:
  Database& database_;
  // The statements, with the names of the tables in them.
  struct Sql {
    std::string subjects, marks, insertSubject, findSubject, removeMark, putMark, putTotals, forget,
        shiftAway, shiftBack, clearMarks, clearSubjects;
  };
  Sql sql_;
  std::map<delivery::Subject, std::int64_t> ids_;
  std::uint64_t rollbacks_ = 0;  // of the database, when ids_ was right
};

}  // namespace arrivald::store
