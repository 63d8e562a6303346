#include "store/forwards_table.hpp"

#include "store/blobs.hpp"

namespace arrivald::store {

std::int64_t ForwardsTable::put(std::string_view target, Instant received, std::string_view headers,
                                std::string_view body) {
  Statement(database_, "INSERT INTO forward_batches (target, received_at, headers, body) VALUES (?, ?, ?, ?)")
      .bind(target)
      .bind(unixMilliseconds(received))
      .bind(headers)
      .bindBlob(std::as_bytes(std::span(body.data(), body.size())))
      .run();
  return database_.lastInsertRow();
}

std::optional<ForwardedBatch> ForwardsTable::find(std::int64_t id) {
  Statement row(database_, "SELECT id, received_at, headers, body FROM forward_batches WHERE id = ?");
  row.bind(id);
  if (!row.step()) return std::nullopt;
  const auto body = row.blob(3);
  return ForwardedBatch{
      row.integer(0), fromUnixMilliseconds(row.integer(1)), std::string(row.text(2)),
      body.empty() ? std::string() : std::string(reinterpret_cast<const char*>(body.data()), body.size())};
}

void ForwardsTable::remove(std::int64_t id) {
  Statement(database_, "DELETE FROM forward_batches WHERE id = ?").bind(id).run();
}

void ForwardsTable::each(const std::function<void(const Waiting&)>& take) {
  // SQLite computes length() of a blob without reading it.
  Statement rows(database_,
                 "SELECT target, id, received_at, length(headers) + length(body) FROM forward_batches "
                 "ORDER BY id");
  while (rows.step())
    take(
        {std::string(rows.text(0)), rows.integer(1), fromUnixMilliseconds(rows.integer(2)), rows.integer(3)});
}

void ForwardsTable::shift(Duration step) {
  Statement(database_, "UPDATE forward_batches SET received_at = received_at + ?")
      .bind(storedSpan(step))
      .run();
}

}  // namespace arrivald::store
