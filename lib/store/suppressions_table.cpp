#include "store/suppressions_table.hpp"

namespace arrivald::store {

using suppression::Entry;
using suppression::List;

namespace {

// SQLite's integers are signed; the bits are what counts.
std::int64_t asRow(std::uint64_t fingerprint) { return static_cast<std::int64_t>(fingerprint); }

}  // namespace

std::vector<std::uint64_t> SuppressionsTable::fingerprints(std::string_view account, List list) {
  std::vector<std::uint64_t> all;
  Statement rows(database_,
                 "SELECT fingerprint FROM suppressions WHERE account = ? AND list = ? AND removed IS NULL");
  rows.bind(account).bind(name(list));
  while (rows.step()) all.push_back(static_cast<std::uint64_t>(rows.integer(0)));
  return all;
}

void SuppressionsTable::add(std::string_view account, List list, std::span<const Entry> entries,
                            Instant seen) {
  Statement statement(
      database_,
      "INSERT INTO suppressions (account, list, fingerprint, email, created, reason, status, ip, first_seen) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT DO UPDATE SET removed = NULL, reason = excluded.reason, status = excluded.status");
  for (const auto& entry : entries) {
    statement.bind(account)
        .bind(name(list))
        .bind(asRow(suppression::fingerprint(list, entry.email, entry.created)))
        .bind(entry.email)
        .bind(unixMilliseconds(entry.created))
        .bind(entry.reason)
        .bind(entry.status)
        .bind(entry.ip)
        .bind(unixMilliseconds(seen))
        .run();
  }
}

void SuppressionsTable::remove(std::string_view account, List list,
                               std::span<const std::uint64_t> fingerprints, Instant at) {
  Statement statement(
      database_, "UPDATE suppressions SET removed = ? WHERE account = ? AND list = ? AND fingerprint = ?");
  for (const auto fingerprint : fingerprints)
    statement.bind(unixMilliseconds(at)).bind(account).bind(name(list)).bind(asRow(fingerprint)).run();
}

ListProgress SuppressionsTable::progress(std::string_view account, List list) {
  ListProgress progress;
  Statement row(database_, "SELECT read_to, crawled, counted_from FROM lists WHERE account = ? AND list = ?");
  row.bind(account).bind(name(list));
  if (row.step()) {
    if (!row.isNull(0)) progress.readTo = fromUnixMilliseconds(row.integer(0));
    if (!row.isNull(1)) progress.crawled = fromUnixMilliseconds(row.integer(1));
    if (!row.isNull(2)) progress.countedFrom = fromUnixMilliseconds(row.integer(2));
  }
  return progress;
}

void SuppressionsTable::putProgress(std::string_view account, List list, const ListProgress& progress) {
  Statement statement(database_,
                      "INSERT OR REPLACE INTO lists (account, list, read_to, crawled, counted_from) VALUES (?, ?, ?, ?, ?)");
  statement.bind(account).bind(name(list));
  for (const auto& at : {progress.readTo, progress.crawled, progress.countedFrom}) {
    if (at) {
      statement.bind(unixMilliseconds(*at));
    } else {
      statement.bindNull();
    }
  }
  statement.run();
}

std::int64_t SuppressionsTable::firstSeenWithin(std::string_view account, List list, Instant from, Instant to) {
  Statement row(database_,
                "SELECT count(*) FROM suppressions WHERE account = ? AND list = ? AND first_seen > ? AND first_seen <= ?");
  row.bind(account).bind(name(list)).bind(unixMilliseconds(from)).bind(unixMilliseconds(to));
  return row.step() ? row.integer(0) : 0;
}

std::vector<StoredEntry> SuppressionsTable::find(std::string_view email, std::size_t most) {
  std::vector<StoredEntry> found;
  Statement rows(
      database_,
      "SELECT account, list, email, created, reason, status, ip, first_seen, removed FROM suppressions "
      "WHERE email = ? COLLATE NOCASE ORDER BY created DESC LIMIT ?");
  rows.bind(email).bind(static_cast<std::int64_t>(most));
  while (rows.step()) {
    StoredEntry entry;
    entry.account = rows.text(0);
    entry.list = suppression::listNamed(rows.text(1)).value_or(List::bounces);
    entry.entry = {std::string(rows.text(2)), fromUnixMilliseconds(rows.integer(3)),
                   std::string(rows.text(4)), std::string(rows.text(5)), std::string(rows.text(6))};
    entry.firstSeen = fromUnixMilliseconds(rows.integer(7));
    if (!rows.isNull(8)) entry.removed = fromUnixMilliseconds(rows.integer(8));
    found.push_back(std::move(entry));
  }
  return found;
}

}  // namespace arrivald::store
