// EventDaysTable: the counts of the event stream by account and day, for comparison with the statistics.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class EventDaysTable {
 public:
  explicit EventDaysTable(Database& database) : database_(database) {}

  /// `day` in the account's time zone.
  void put(std::string_view account, Date day, const delivery::Counts& counts);
  std::map<std::pair<std::string, Date>, delivery::Counts> all();
  void removeBefore(Date day);

 private:
  Database& database_;
};

}  // namespace arrivald::store
