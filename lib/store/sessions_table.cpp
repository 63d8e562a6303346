#include "store/sessions_table.hpp"

namespace arrivald::store {

void SessionsTable::put(const SessionRow& row) {
  Statement(
      database_,
      "INSERT OR REPLACE INTO sessions (token_hash, user, role, created, last_seen) VALUES (?, ?, ?, ?, ?)")
      .bind(row.tokenHash)
      .bind(row.user)
      .bind(row.role)
      .bind(unixMilliseconds(row.created))
      .bind(unixMilliseconds(row.lastSeen))
      .run();
}

void SessionsTable::remove(std::string_view tokenHash) {
  Statement(database_, "DELETE FROM sessions WHERE token_hash = ?").bind(tokenHash).run();
}

std::vector<SessionRow> SessionsTable::all() {
  std::vector<SessionRow> found;
  Statement rows(database_,
                 "SELECT token_hash, user, role, created, last_seen FROM sessions ORDER BY token_hash");
  while (rows.step())
    found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2),
                     fromUnixMilliseconds(rows.integer(3)), fromUnixMilliseconds(rows.integer(4))});
  return found;
}

void SessionsTable::shift(Duration step) {
  Statement(database_, "UPDATE sessions SET created = created + ?, last_seen = last_seen + ?")
      .bind(step.count())
      .bind(step.count())
      .run();
}

}  // namespace arrivald::store
