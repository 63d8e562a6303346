#include "store/look_ups_table.hpp"

namespace arrivald::store {

std::optional<std::string> LookUpsTable::keyOf(std::string_view address, Instant now) {
  Statement row(database_, "SELECT key FROM look_ups WHERE address = ? AND kept_until > ?");
  row.bind(address).bind(unixMilliseconds(now));
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

std::optional<std::string> LookUpsTable::find(std::string_view key, Instant now) {
  Statement row(database_, "SELECT address FROM look_ups WHERE key = ? AND kept_until > ?");
  row.bind(key).bind(unixMilliseconds(now));
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

void LookUpsTable::put(std::string_view key, std::string_view address, Instant until) {
  Statement(database_,
            "INSERT INTO look_ups (key, address, kept_until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
            "kept_until = excluded.kept_until")
      .bind(key)
      .bind(address)
      .bind(unixMilliseconds(until))
      .run();
}

void LookUpsTable::keepNewest(std::size_t max) {
  Statement(database_,
            "DELETE FROM look_ups WHERE key IN (SELECT key FROM look_ups ORDER BY kept_until DESC LIMIT -1 "
            "OFFSET ?)")
      .bind(static_cast<std::int64_t>(max))
      .run();
}

void LookUpsTable::removeUntil(Instant now) {
  Statement(database_, "DELETE FROM look_ups WHERE kept_until <= ?").bind(unixMilliseconds(now)).run();
}

void LookUpsTable::shift(Duration step) {
  Statement(database_, "UPDATE look_ups SET kept_until = kept_until + ?").bind(step.count()).run();
}

}  // namespace arrivald::store
