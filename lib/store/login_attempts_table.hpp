// LoginAttemptsTable: failed log-ins at the desk, by user and address.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct LoginAttemptsRow {
  std::string user;  ///< as typed; need not exist
  std::string from;  ///< the address of the network
  std::int64_t failures = 0;
  Instant last{};
  Instant lockedUntil{};
  friend bool operator==(const LoginAttemptsRow&, const LoginAttemptsRow&) = default;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class LoginAttemptsTable {
 public:
  explicit LoginAttemptsTable(Database& database) : database_(database) {}

  void put(const LoginAttemptsRow& row);
  void remove(std::string_view user, std::string_view from);
  std::vector<LoginAttemptsRow> all();
  /// Moves all instants by a step of the wall clock.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
