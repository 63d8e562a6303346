#include "store/forwards_table.hpp"

#include "store/blobs.hpp"

namespace arrivald::store {

void ForwardsTable::put(std::string_view target, Instant received, std::string_view headers,
                        std::string_view body) {
  Statement(database_, "INSERT INTO forward_batches (target, received_at, headers, body) VALUES (?, ?, ?, ?)")
      .bind(target)
      .bind(unixMilliseconds(received))
      .bind(headers)
      .bindBlob(std::as_bytes(std::span(body.data(), body.size())))
      .run();
}

std::optional<ForwardedBatch> ForwardsTable::oldest(std::string_view target) {
  Statement row(
      database_,
      "SELECT id, received_at, headers, body FROM forward_batches WHERE target = ? ORDER BY id LIMIT 1");
  row.bind(target);
  if (!row.step()) return std::nullopt;
  const auto body = row.blob(3);
  return ForwardedBatch{
      row.integer(0), fromUnixMilliseconds(row.integer(1)), std::string(row.text(2)),
      body.empty() ? std::string() : std::string(reinterpret_cast<const char*>(body.data()), body.size())};
}

void ForwardsTable::remove(std::int64_t id) {
  Statement(database_, "DELETE FROM forward_batches WHERE id = ?").bind(id).run();
}

std::map<std::string, std::int64_t> ForwardsTable::retain(const std::vector<std::string>& targets) {
  std::map<std::string, std::int64_t> removed;
  {
    Statement rows(database_, "SELECT target, count(*) FROM forward_batches GROUP BY target");
    while (rows.step()) removed.emplace(rows.text(0), rows.integer(1));
  }
  for (const auto& target : targets) removed.erase(target);
  for (const auto& [target, batches] : removed)
    Statement(database_, "DELETE FROM forward_batches WHERE target = ?").bind(target).run();
  return removed;
}

ForwardsTable::Depth ForwardsTable::depth(std::string_view target) {
  // SQLite computes length() of a blob without reading it.
  Statement row(database_,
                "SELECT count(*), coalesce(sum(length(body)), 0), min(received_at) FROM forward_batches "
                "WHERE target = ?");
  row.bind(target).step();
  Depth depth{row.integer(0), row.integer(1), {}};
  if (!row.isNull(2)) depth.oldest = fromUnixMilliseconds(row.integer(2));
  return depth;
}

void ForwardsTable::shift(Duration step) {
  Statement(database_, "UPDATE forward_batches SET received_at = received_at + ?")
      .bind(storedSpan(step))
      .run();
}

}  // namespace arrivald::store
