// SessionsTable: who is logged in at the desk. Holds a hash of each session's token, never the token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct SessionRow {
  std::string tokenHash;  ///< SHA-256 of the token, in hexadecimal digits
  std::string user;
  std::int64_t role = 0;  ///< at the log-in: 0 viewer, 1 operator, 2 admin
  Instant created{};
  Instant lastSeen{};
  friend bool operator==(const SessionRow&, const SessionRow&) = default;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class SessionsTable {
 public:
  explicit SessionsTable(Database& database) : database_(database) {}

  void put(const SessionRow& row);
  void remove(std::string_view tokenHash);
  std::vector<SessionRow> all();
  /// Moves all instants by a step of the wall clock.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
