// StandingsTable: what the provider said of each account's credits and reputation, hour by hour.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// One reading. What the provider did not say is unknown.
struct StandingRow {
  Instant at{};
  std::optional<std::int64_t> remain, total, overage;  ///< mails
  std::optional<Date> nextReset;
  std::optional<double> reputation;  ///< from 0 to 100
  std::string plan;                  ///< "free", "paid"
  friend bool operator==(const StandingRow&, const StandingRow&) = default;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class StandingsTable {
 public:
  explicit StandingsTable(Database& database) : database_(database) {}

  void put(std::string_view account, const StandingRow& row);
  void forgetBefore(Instant at);
  /// All readings, by account, oldest first.
  std::vector<std::pair<std::string, StandingRow>> all();
  /// Moves all readings by a step of the wall clock.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
