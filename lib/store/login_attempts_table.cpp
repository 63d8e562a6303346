#include "store/login_attempts_table.hpp"

namespace arrivald::store {

void LoginAttemptsTable::put(const LoginAttemptsRow& row) {
  Statement(
      database_,
      "INSERT OR REPLACE INTO login_attempts (user, address, failures, last, locked_until) VALUES (?, ?, ?, "
      "?, ?)")
      .bind(row.user)
      .bind(row.from)
      .bind(row.failures)
      .bind(unixMilliseconds(row.last))
      .bind(unixMilliseconds(row.lockedUntil))
      .run();
}

void LoginAttemptsTable::remove(std::string_view user, std::string_view from) {
  Statement(database_, "DELETE FROM login_attempts WHERE user = ? AND address = ?")
      .bind(user)
      .bind(from)
      .run();
}

std::vector<LoginAttemptsRow> LoginAttemptsTable::all() {
  std::vector<LoginAttemptsRow> found;
  Statement rows(
      database_,
      "SELECT user, address, failures, last, locked_until FROM login_attempts ORDER BY user, address");
  while (rows.step())
    found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2),
                     fromUnixMilliseconds(rows.integer(3)), fromUnixMilliseconds(rows.integer(4))});
  return found;
}

void LoginAttemptsTable::shift(Duration step) {
  Statement(database_, "UPDATE login_attempts SET last = last + ?, locked_until = locked_until + ?")
      .bind(step.count())
      .bind(step.count())
      .run();
}

}  // namespace arrivald::store
