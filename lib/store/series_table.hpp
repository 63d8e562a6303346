// SeriesTable: window marks and lifetime totals by subject. There are two such pairs of tables: one for the
// statistics, one for the event stream.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "delivery/window.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class SeriesTable {
 public:
  enum class Of { statistics, events };
  SeriesTable(Database& database, Of of);

  /// Stores subjects under the names that `nameOf` gives them; where there is one of that name already, what
  /// was stored of the other is deleted. Call it before load().
  void rename(const std::function<std::string(std::string_view name)>& nameOf);
  /// Adds everything that was stored to `windows` and `totals`.
  void load(delivery::Windows& windows, std::map<delivery::Subject, delivery::Counts>& totals);
  void change(const delivery::Subject& subject, const delivery::Series::Change& change);
  /// Stores the subject's lifetime totals: the exported counters continue from them.
  void putTotals(const delivery::Subject& subject, const delivery::Counts& totals);
  void forget(const delivery::Subject& subject);
  /// Moves all marks by a step of the wall clock.
  void shift(Duration step);
  void clear();

  /// The subject's row id; inserts the row if there is none.
  std::int64_t idOf(const delivery::Subject& subject);
  const std::map<delivery::Subject, std::int64_t>& ids() const { return ids_; }

 private:
  Database& database_;
  // SQL with the table names filled in.
  struct Sql {
    std::string subjects, marks, insertSubject, findSubject, removeMark, putMark, putTotals, forget,
        shiftAway, shiftBack, clearMarks, clearSubjects, rename;
  };
  Sql sql_;
  std::map<delivery::Subject, std::int64_t> ids_;
  std::uint64_t rollbacks_ = 0;  // Database::rollbacks() for which ids_ is valid
};

}  // namespace arrivald::store
