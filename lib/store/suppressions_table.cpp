#include "store/suppressions_table.hpp"

#include "base/mailbox.hpp"

namespace arrivald::store {

using suppression::Entry;
using suppression::List;

namespace {

// SQLite's integers are signed: fingerprints are stored with the same bits.
std::int64_t asRow(std::uint64_t fingerprint) { return static_cast<std::int64_t>(fingerprint); }

}  // namespace

void SuppressionsTable::shift(Duration step, Instant since) {
  std::vector<std::int64_t> lists;
  {
    Statement rows(database_, "SELECT id FROM suppression_lists");
    while (rows.step()) lists.push_back(rows.integer(0));
  }
  Statement(
      database_,
      "UPDATE suppression_lists SET read_until = read_until + min(?1, 0), crawled_at = crawled_at + ?1, "
      "counted_from = counted_from + ?1")
      .bind(step.count())
      .run();
  for (const auto list : lists)
    Statement(database_,
              "UPDATE suppression_entries SET first_seen_at = first_seen_at + ? WHERE list = ? AND "
              "first_seen_at > ?")
        .bind(step.count())
        .bind(list)
        .bind(unixMilliseconds(since))
        .run();
}

std::optional<std::int64_t> SuppressionsTable::idOf(std::string_view account, List list) {
  Statement row(database_, "SELECT id FROM suppression_lists WHERE account = ? AND list = ?");
  row.bind(account).bind(name(list));
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

std::int64_t SuppressionsTable::idForWriting(std::string_view account, List list) {
  if (const auto known = idOf(account, list)) return *known;
  Statement(database_, "INSERT INTO suppression_lists (account, list) VALUES (?, ?)")
      .bind(account)
      .bind(name(list))
      .run();
  return database_.lastInsertRow();
}

std::vector<std::uint64_t> SuppressionsTable::fingerprints(std::string_view account, List list) {
  std::vector<std::uint64_t> all;
  const auto id = idOf(account, list);
  if (!id) return all;
  // Both queries use indexes only: rows are long, and few of them are removed.
  std::vector<std::uint64_t> removed;
  for (auto* into : {&all, &removed}) {
    Statement rows(
        database_,
        into == &all
            ? "SELECT fingerprint FROM suppression_entries WHERE list = ? ORDER BY fingerprint"
            : "SELECT fingerprint FROM suppression_entries INDEXED BY suppression_entries_removed WHERE "
              "list = ? AND removed_at IS NOT NULL ORDER BY fingerprint");
    rows.bind(*id);
    while (rows.step()) into->push_back(static_cast<std::uint64_t>(rows.integer(0)));
  }
  auto next = removed.begin();
  std::erase_if(all, [&](std::uint64_t fingerprint) {
    if (next == removed.end() || *next != fingerprint) return false;
    ++next;
    return true;
  });
  return all;
}

void SuppressionsTable::add(std::string_view account, List list, std::span<const Entry> entries,
                            Instant seen) {
  const auto id = idForWriting(account, list);
  Statement statement(
      database_,
      "INSERT INTO suppression_entries (list, fingerprint, email, created_at, reason, status, ip, "
      "first_seen_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list, fingerprint) DO UPDATE SET removed_at = NULL, "
      "reason = excluded.reason, status = excluded.status, ip = excluded.ip");
  for (const auto& entry : entries) {
    statement.bind(id)
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
  const auto id = idOf(account, list);
  if (!id) return;
  Statement statement(database_,
                      "UPDATE suppression_entries SET removed_at = ? WHERE list = ? AND fingerprint = ?");
  for (const auto fingerprint : fingerprints)
    statement.bind(unixMilliseconds(at)).bind(*id).bind(asRow(fingerprint)).run();
}

ListProgress SuppressionsTable::progress(std::string_view account, List list) {
  ListProgress progress;
  Statement row(database_,
                "SELECT read_until, crawled_at, counted_from, added, removed FROM suppression_lists WHERE "
                "account = ? AND list = ?");
  row.bind(account).bind(name(list));
  if (row.step()) {
    if (!row.isNull(0)) progress.readTo = fromUnixMilliseconds(row.integer(0));
    if (!row.isNull(1)) progress.crawled = fromUnixMilliseconds(row.integer(1));
    if (!row.isNull(2)) progress.countedFrom = fromUnixMilliseconds(row.integer(2));
    progress.added = row.integer(3);
    progress.removed = row.integer(4);
  }
  return progress;
}

void SuppressionsTable::putProgress(std::string_view account, List list, const ListProgress& progress) {
  Statement statement(
      database_,
      "UPDATE suppression_lists SET read_until = ?, crawled_at = ?, counted_from = ? WHERE id = ?");
  for (const auto& at : {progress.readTo, progress.crawled, progress.countedFrom}) {
    if (at) {
      statement.bind(unixMilliseconds(*at));
    } else {
      statement.bindNull();
    }
  }
  statement.bind(idForWriting(account, list)).run();
}

void SuppressionsTable::count(std::string_view account, List list, std::int64_t added, std::int64_t removed) {
  Statement(database_, "UPDATE suppression_lists SET added = added + ?, removed = removed + ? WHERE id = ?")
      .bind(added)
      .bind(removed)
      .bind(idForWriting(account, list))
      .run();
}

std::int64_t SuppressionsTable::firstSeenWithin(std::string_view account, List list, Instant from,
                                                Instant to) {
  const auto id = idOf(account, list);
  if (!id) return 0;
  Statement row(
      database_,
      "SELECT count(*) FROM suppression_entries WHERE list = ? AND first_seen_at > ? AND first_seen_at <= ?");
  row.bind(*id).bind(unixMilliseconds(from)).bind(unixMilliseconds(to));
  return row.step() ? row.integer(0) : 0;
}

// Few mailboxes share a range: which of its entries are meant is seen by their addresses.
std::vector<StoredEntry> SuppressionsTable::find(std::string_view email, std::size_t max) {
  std::vector<StoredEntry> found;
  const auto range = suppression::fingerprintsOf(email);
  Statement rows(database_,
                 "SELECT account, suppression_lists.list, email, created_at, reason, status, ip, "
                 "first_seen_at, removed_at FROM suppression_lists "
                 "CROSS JOIN suppression_entries ON suppression_entries.list = suppression_lists.id AND "
                 "fingerprint BETWEEN ? AND ? "
                 "ORDER BY created_at DESC");
  rows.bind(asRow(range.first)).bind(asRow(range.last));
  while (found.size() < max && rows.step()) {
    if (!isSameMailbox(rows.text(2), email)) continue;
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
