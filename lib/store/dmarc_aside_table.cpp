#include "store/dmarc_aside_table.hpp"

#include <algorithm>
#include <span>

#include "store/blobs.hpp"

namespace arrivald::store {

void DmarcAsideTable::put(const Row& row) {
  Statement(database_,
            "INSERT INTO dmarc_aside (at, via, name, reason, bytes, head) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(unixMilliseconds(row.at))
      .bind(row.via)
      .bind(row.name)
      .bind(row.reason)
      .bind(static_cast<std::int64_t>(row.bytes))
      .bindBlob(std::as_bytes(std::span(row.head).first(std::min(row.head.size(), kMaxBytes))))
      .run();
  Statement(database_, "DELETE FROM dmarc_aside WHERE id <= (SELECT max(id) FROM dmarc_aside) - ?")
      .bind(static_cast<std::int64_t>(kMaxInputs))
      .run();
}

std::vector<DmarcAsideTable::Row> DmarcAsideTable::latest(std::size_t max) {
  std::vector<Row> inputs;
  Statement rows(database_,
                 "SELECT id, at, via, name, reason, bytes FROM dmarc_aside ORDER BY id DESC LIMIT ?");
  rows.bind(static_cast<std::int64_t>(max));
  while (rows.step())
    inputs.push_back({rows.integer(0), fromUnixMilliseconds(rows.integer(1)), std::string(rows.text(2)),
                      std::string(rows.text(3)), std::string(rows.text(4)),
                      static_cast<std::uint64_t>(rows.integer(5))});
  return inputs;
}

std::uint64_t DmarcAsideTable::count() {
  Statement row(database_, "SELECT count(*) FROM dmarc_aside");
  return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::uint64_t DmarcAsideTable::refusedSince(Instant at) {
  Statement row(database_, "SELECT count(*) FROM dmarc_aside WHERE at >= ? AND reason <> 'other_domain'");
  row.bind(unixMilliseconds(at));
  return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

void DmarcAsideTable::shift(Duration step) {
  Statement(database_, "UPDATE dmarc_aside SET at = at + ?").bind(storedSpan(step)).run();
}

}  // namespace arrivald::store
