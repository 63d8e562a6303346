// RecordTable: what people did at the desk. Rows are only ever added, and pruned from the beginning after
// years; each carries a hash over itself and the hash of the row before it, so that a row that was changed or
// taken out afterwards is noticed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// One row. Holds personal data. Fields that do not apply are empty.
struct RecordRow {
  std::int64_t id = 0;  ///< without gaps; from 1, or behind what was pruned; chosen by the table
  Instant at{};
  std::string user;
  std::string role;
  std::string origin;  ///< where the person was
  std::string action;
  std::string account;
  std::string list;
  std::string address;
  std::string entry;  ///< the entry as it was, as JSON
  std::string advice;
  std::string cause;
  std::string asserted;  ///< what the person stated, and who
  std::string motive;
  std::string memo;
  std::string outcome;
  std::int64_t release = 0;  ///< 0: none
  friend bool operator==(const RecordRow&, const RecordRow&) = default;
};

/// An empty field matches all rows.
struct RecordFilter {
  std::string user;
  std::vector<std::string> addresses;  ///< any of them, without case
  std::string action;
  std::optional<Instant> from, to;     ///< [from, to)
  std::optional<std::int64_t> before;  ///< only rows with a lower id: for paging
  std::size_t max = 50;
};

/// What a check of the whole record has found.
struct RecordCheck {
  std::int64_t rows = 0;
  std::int64_t prunedTo = 0;                ///< the last row that was pruned; 0: none was
  std::optional<std::int64_t> firstBroken;  ///< the row that does not match its hash or the row before it
  /// Of the last row, in hexadecimal digits: noted elsewhere, it shows later whether rows at the end are
  /// missing.
  std::string head;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class RecordTable {
 public:
  explicit RecordTable(Database& database) : database_(database) {}

  /// Returns the row's id.
  std::int64_t append(const RecordRow& row);
  /// Newest first.
  std::vector<RecordRow> find(const RecordFilter& filter);
  /// How many find() would give without its limits of number and place.
  std::int64_t count(const RecordFilter& filter);
  /// Reads every row.
  RecordCheck check();
  /// Removes rows from before `before`, the oldest first, at most `max`. Returns how many. The hash of the
  /// last one stays, so that the rest can be checked.
  std::size_t prune(Instant before, std::size_t max);

 private:
  /// Where the chain begins that check() follows.
  struct Anchor;
  Anchor anchor();
  static std::string conditionsOf(const RecordFilter& filter);
  static void bind(const RecordFilter& filter, Statement& statement);
  Database& database_;
};

}  // namespace arrivald::store
