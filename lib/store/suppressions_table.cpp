#include "store/suppressions_table.hpp"

#include <algorithm>
#include <tuple>

#include "base/mailbox.hpp"

namespace arrivald::store {

using suppression::Entry;
using suppression::List;

namespace {

// SQLite's integers are signed: fingerprints are stored with the same bits.
std::int64_t asRow(std::uint64_t fingerprint) { return static_cast<std::int64_t>(fingerprint); }

}  // namespace

void SuppressionsTable::shift(Duration step, Instant since) {
  Statement(
      database_,
      "UPDATE suppression_lists SET read_until = read_until + min(?1, 0), crawled_at = crawled_at + ?1, "
      "counted_from = counted_from + ?1, baseline_at = baseline_at + ?1, unread_since = unread_since + ?1")
      .bind(step.count())
      .run();
  Statement(database_, "UPDATE entry_news SET first_seen_at = first_seen_at + ?").bind(step.count()).run();
  for (const auto list : listIds())
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
  // SQLite sorts them as signed numbers: the first half is the upper one. In their own order nobody has to
  // sort a million of them, which would hold the loop.
  const auto isUpper = [](std::uint64_t fingerprint) { return asRow(fingerprint) < 0; };
  std::rotate(all.begin(), std::partition_point(all.begin(), all.end(), isUpper), all.end());
  return all;
}

std::size_t SuppressionsTable::add(std::string_view account, List list, std::span<const Entry> entries,
                                   std::span<const EntryFacets> facets, Instant seen, Arrival arrival) {
  const auto id = idForWriting(account, list);
  EntriesTable narrow(database_);
  std::vector<const EntryFacets*> news;
  std::size_t back = 0;
  Instant oldest = seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    // What the domain's server took before says nothing about this entry.
    Statement row(
        database_,
        "INSERT INTO suppression_entries (list, fingerprint, email, created_at, reason, status, ip, "
        "unsubscribe_group, first_seen_at, accepted_before) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce((SELECT accepted FROM entry_domains WHERE name = ?), "
        "0)) "
        "ON CONFLICT (list, fingerprint) DO UPDATE SET removed_at = NULL, reason = "
        "coalesce(nullif(excluded.reason, ''), reason), status = coalesce(nullif(excluded.status, ''), "
        "status), ip = excluded.ip RETURNING id");
    row.bind(id)
        .bind(asRow(suppression::fingerprint(list, entry.email, entry.created, entry.group)))
        .bind(entry.email)
        .bind(unixMilliseconds(entry.created))
        .bind(entry.reason)
        .bind(entry.status)
        .bind(entry.ip)
        .bind(entry.group)
        .bind(unixMilliseconds(seen))
        .bind(facets[i].domain);
    if (!row.step()) throw SqlError("an entry was stored without a number");
    const auto entryId = static_cast<suppression::EntryId>(row.integer(0));
    // One that was removed and is listed again was first seen before.
    if (narrow.put(entryId, entry.created, id, facets[i]) == EntriesTable::Put::back) {
      ++back;
      continue;
    }
    news.push_back(&facets[i]);
    oldest = std::min(oldest, entry.created);
  }
  if (arrival == Arrival::news) addNews(id, news, seen, oldest);
  return back;
}

void SuppressionsTable::addNews(std::int64_t list, std::span<const EntryFacets* const> news, Instant seen,
                                Instant oldest) {
  std::map<std::tuple<causes::Class, suppression::Side, std::string_view>, std::int64_t> counts;
  for (const auto* one : news) ++counts[{one->causeClass, one->side, one->receivers}];
  for (const auto& [of, entries] : counts)
    Statement(
        database_,
        "INSERT INTO entry_news (list, first_seen_at, class, side, receivers, entries, oldest_at) VALUES "
        "(?, ?, ?, ?, ?, ?, ?)")
        .bind(list)
        .bind(unixMilliseconds(seen))
        .bind(static_cast<std::int64_t>(std::get<0>(of)))
        .bind(static_cast<std::int64_t>(std::get<1>(of)))
        .bind(std::get<2>(of))
        .bind(entries)
        .bind(unixMilliseconds(oldest))
        .run();
}

std::map<causes::Class, std::int64_t> SuppressionsTable::remove(std::string_view account, List list,
                                                                std::span<const std::uint64_t> fingerprints,
                                                                Instant at) {
  std::map<causes::Class, std::int64_t> byCause;
  const auto id = idOf(account, list);
  if (!id) return byCause;
  EntriesTable narrow(database_);
  for (const auto fingerprint : fingerprints) {
    Statement row(database_,
                  "UPDATE suppression_entries SET removed_at = coalesce(removed_at, ?) WHERE list = ? AND "
                  "fingerprint = ? RETURNING "
                  "id, created_at");
    row.bind(unixMilliseconds(at)).bind(*id).bind(asRow(fingerprint));
    if (!row.step()) continue;
    const auto entry = static_cast<suppression::EntryId>(row.integer(0));
    const auto created = fromUnixMilliseconds(row.integer(1));
    if (const auto cause = narrow.remove(entry, created)) ++byCause[*cause];
  }
  return byCause;
}

ListProgress SuppressionsTable::progress(std::string_view account, List list) {
  ListProgress progress;
  Statement row(database_,
                "SELECT read_until, crawled_at, counted_from, added, removed, baseline_at FROM "
                "suppression_lists WHERE account = ? AND list = ?");
  row.bind(account).bind(name(list));
  if (row.step()) {
    if (!row.isNull(0)) progress.readTo = fromUnixMilliseconds(row.integer(0));
    if (!row.isNull(1)) progress.crawled = fromUnixMilliseconds(row.integer(1));
    if (!row.isNull(2)) progress.countedFrom = fromUnixMilliseconds(row.integer(2));
    progress.added = row.integer(3);
    progress.removed = row.integer(4);
    if (!row.isNull(5)) progress.baseline = fromUnixMilliseconds(row.integer(5));
  }
  return progress;
}

void SuppressionsTable::putProgress(std::string_view account, List list, const ListProgress& progress) {
  Statement statement(
      database_,
      "UPDATE suppression_lists SET read_until = ?, crawled_at = ?, counted_from = ?, baseline_at = ? WHERE "
      "id = ?");
  for (const auto& at : {progress.readTo, progress.crawled, progress.countedFrom, progress.baseline}) {
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

std::vector<NewEntries> SuppressionsTable::news(std::string_view account, Instant from, Instant to) {
  std::vector<NewEntries> news;
  for (const auto list : suppression::kLists) {
    const auto id = idOf(account, list);
    if (!id) continue;
    Statement rows(
        database_,
        "SELECT class, side, receivers, sum(entries), min(oldest_at) FROM entry_news WHERE list = ? "
        "AND first_seen_at > ? AND first_seen_at <= ? GROUP BY class, side, receivers");
    rows.bind(*id).bind(unixMilliseconds(from)).bind(unixMilliseconds(to));
    while (rows.step())
      news.push_back({list, static_cast<causes::Class>(rows.integer(0)),
                      static_cast<suppression::Side>(rows.integer(1)), std::string(rows.text(2)),
                      rows.integer(3), fromUnixMilliseconds(rows.integer(4))});
  }
  return news;
}

void SuppressionsTable::pruneNews(Instant until) {
  for (const auto list : listIds())
    Statement(database_, "DELETE FROM entry_news WHERE list = ? AND first_seen_at <= ?")
        .bind(list)
        .bind(unixMilliseconds(until))
        .run();
}

std::vector<std::int64_t> SuppressionsTable::listIds() {
  std::vector<std::int64_t> ids;
  Statement rows(database_, "SELECT id FROM suppression_lists");
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

void SuppressionsTable::noteRead(std::span<const std::string> accounts, Instant now) {
  Statement(database_, "UPDATE suppression_lists SET unread_since = ? WHERE unread_since IS NULL")
      .bind(unixMilliseconds(now))
      .run();
  for (const auto& account : accounts)
    Statement(database_, "UPDATE suppression_lists SET unread_since = NULL WHERE account = ?")
        .bind(account)
        .run();
}

// By id and time of creation.
void SuppressionsTable::erase(const std::vector<std::pair<std::int64_t, std::int64_t>>& entries) {
  for (const auto& [id, created] : entries) {
    Statement(database_, "DELETE FROM entry_facets WHERE removed IN (0, 1) AND created_at = ? AND entry = ?")
        .bind(created)
        .bind(id)
        .run();
    Statement(database_, "DELETE FROM suppression_entries WHERE id = ?").bind(id).run();
  }
}

std::size_t SuppressionsTable::pruneRemoved(Instant until, std::size_t max) {
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  {
    Statement rows(database_,
                   "SELECT id, created_at FROM suppression_entries INDEXED BY suppression_entries_removal "
                   "WHERE removed_at <= ? ORDER BY removed_at LIMIT ?");
    rows.bind(unixMilliseconds(until)).bind(static_cast<std::int64_t>(max));
    while (rows.step()) entries.emplace_back(rows.integer(0), rows.integer(1));
  }
  erase(entries);
  return entries.size();
}

std::size_t SuppressionsTable::pruneUnread(Instant until, std::size_t max) {
  std::optional<std::int64_t> list;
  {
    Statement row(database_, "SELECT id FROM suppression_lists WHERE unread_since <= ? LIMIT 1");
    row.bind(unixMilliseconds(until));
    if (row.step()) list = row.integer(0);
  }
  if (!list) return 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  {
    Statement rows(database_, "SELECT id, created_at FROM suppression_entries WHERE list = ? LIMIT ?");
    rows.bind(*list).bind(static_cast<std::int64_t>(max));
    while (rows.step()) entries.emplace_back(rows.integer(0), rows.integer(1));
  }
  erase(entries);
  if (entries.size() < max)
    Statement(database_, "DELETE FROM suppression_lists WHERE id = ?").bind(*list).run();
  return std::max<std::size_t>(entries.size(), 1);
}

std::int64_t SuppressionsTable::size(std::string_view account, List list) {
  std::int64_t entries = 0;
  for (const auto& [cause, count] : causesOf(account, list)) entries += count;
  return entries;
}

std::map<causes::Class, std::int64_t> SuppressionsTable::causesOf(std::string_view account, List list) {
  std::map<causes::Class, std::int64_t> counts;
  const auto id = idOf(account, list);
  if (!id) return counts;
  Statement rows(
      database_,
      "SELECT class, sum(entries) FROM entry_counts WHERE removed = 0 AND list = ? GROUP BY class");
  rows.bind(*id);
  while (rows.step()) counts[static_cast<causes::Class>(rows.integer(0))] = rows.integer(1);
  return counts;
}

bool SuppressionsTable::hadBefore(std::string_view account, List list, std::string_view receivers,
                                  Instant until) {
  const auto id = idOf(account, list);
  if (!id) return false;
  const auto countedFrom = progress(account, list).countedFrom;
  const auto last = unixMilliseconds(countedFrom ? std::max(until, *countedFrom) : until);
  if (receivers.empty()) {
    Statement row(database_,
                  "SELECT 1 FROM suppression_entries WHERE list = ? AND first_seen_at <= ? LIMIT 1");
    row.bind(*id).bind(last);
    return row.step();
  }
  Statement row(
      database_,
      "SELECT 1 FROM entry_facets f INDEXED BY entry_facets_receivers JOIN suppression_entries e ON "
      "e.id = f.entry WHERE f.receivers = (SELECT id FROM entry_receivers WHERE name = ?) AND "
      "f.list = ? AND e.first_seen_at <= ? LIMIT 1");
  row.bind(receivers).bind(*id).bind(last);
  return row.step();
}

void SuppressionsTable::putGroups(std::string_view account,
                                  const std::map<std::int64_t, std::string>& names) {
  Statement(database_, "DELETE FROM unsubscribe_groups WHERE account = ?").bind(account).run();
  for (const auto& [id, name] : names)
    Statement(database_, "INSERT INTO unsubscribe_groups (account, id, name) VALUES (?, ?, ?)")
        .bind(account)
        .bind(id)
        .bind(name)
        .run();
}

std::map<std::pair<std::string, std::int64_t>, std::string> SuppressionsTable::groups() {
  std::map<std::pair<std::string, std::int64_t>, std::string> all;
  Statement rows(database_, "SELECT account, id, name FROM unsubscribe_groups");
  while (rows.step()) all[{std::string(rows.text(0)), rows.integer(1)}] = rows.text(2);
  return all;
}

namespace {

// All columns of a StoredEntry; `rows` chooses.
std::string storedEntries(std::string_view rows) {
  return "SELECT suppression_entries.id, account, suppression_lists.list, email, "
         "suppression_entries.created_at, reason, status, ip, unsubscribe_group, first_seen_at, removed_at, "
         "coalesce(stopped, 0), coalesce(accepted - accepted_before, 0), accepted_at FROM " +
         std::string(rows);
}

constexpr std::string_view kFacets =
    " LEFT JOIN entry_facets ON entry_facets.removed = (removed_at IS NOT NULL) AND entry_facets.created_at "
    "= "
    "suppression_entries.created_at AND entry_facets.entry = suppression_entries.id LEFT JOIN entry_domains "
    "ON "
    "entry_domains.id = entry_facets.domain ";

StoredEntry storedEntry(const Statement& row) {
  StoredEntry entry;
  entry.id = static_cast<suppression::EntryId>(row.integer(0));
  entry.account = row.text(1);
  entry.list = suppression::listNamed(row.text(2)).value_or(List::bounces);
  entry.entry = {std::string(row.text(3)), fromUnixMilliseconds(row.integer(4)),
                 std::string(row.text(5)), std::string(row.text(6)),
                 std::string(row.text(7)), row.integer(8)};
  entry.firstSeen = fromUnixMilliseconds(row.integer(9));
  if (!row.isNull(10)) entry.removed = fromUnixMilliseconds(row.integer(10));
  entry.stopped = row.integer(11);
  entry.acceptedSince = row.integer(12);
  if (!row.isNull(13)) entry.acceptedAt = fromUnixMilliseconds(row.integer(13));
  return entry;
}

}  // namespace

// Few mailboxes share a range: which of its entries are meant is seen by their addresses.
std::vector<StoredEntry> SuppressionsTable::find(std::string_view email, std::size_t max) {
  std::vector<StoredEntry> found;
  const auto range = suppression::fingerprintsOf(email);
  static const auto sql = storedEntries(
      "suppression_lists CROSS JOIN suppression_entries ON suppression_entries.list = suppression_lists.id "
      "AND "
      "fingerprint BETWEEN ? AND ?" +
      std::string(kFacets) + "ORDER BY suppression_entries.created_at DESC");
  Statement rows(database_, sql);
  rows.bind(asRow(range.first)).bind(asRow(range.last));
  while (found.size() < max && rows.step())
    if (isSameMailbox(rows.text(3), email)) found.push_back(storedEntry(rows));
  return found;
}

std::optional<StoredEntry> SuppressionsTable::listed(std::string_view account, List list,
                                                     const Entry& entry) {
  const auto id = idOf(account, list);
  if (!id) return std::nullopt;
  const auto range = suppression::fingerprintsOf(entry.email);
  static const auto sql = storedEntries(
      "suppression_lists CROSS JOIN suppression_entries ON suppression_entries.list = suppression_lists.id "
      "AND "
      "fingerprint BETWEEN ? AND ?" +
      std::string(kFacets) + "WHERE suppression_lists.id = ? AND removed_at IS NULL");
  Statement rows(database_, sql);
  rows.bind(asRow(range.first)).bind(asRow(range.last)).bind(*id);
  std::optional<StoredEntry> found;
  while (rows.step()) {
    if (rows.integer(8) != entry.group || !suppression::isSameAddress(rows.text(3), entry.email)) continue;
    // Older versions have stored an entry twice whose time had become another one.
    const bool isExact = rows.integer(4) / 1000 == unixSeconds(entry.created);
    if (isExact || !found) found = storedEntry(rows);
    if (isExact) break;
  }
  return found;
}

void SuppressionsTable::renewFingerprints() {
  std::vector<std::pair<std::int64_t, std::int64_t>> renewed;  // ids and fingerprints
  Statement rows(database_,
                 "SELECT suppression_entries.id, suppression_lists.list, email, created_at, "
                 "unsubscribe_group, fingerprint FROM suppression_entries JOIN suppression_lists ON "
                 "suppression_lists.id = suppression_entries.list WHERE instr(email, '<') > 0");
  while (rows.step()) {
    const auto list = suppression::listNamed(rows.text(1));
    if (!list) continue;
    const auto print = asRow(suppression::fingerprint(
        *list, rows.text(2), fromUnixMilliseconds(rows.integer(3)), rows.integer(4)));
    if (print != rows.integer(5)) renewed.emplace_back(rows.integer(0), print);
  }
  // One that was stored by both is left to the crawls, which miss it.
  for (const auto& [id, print] : renewed)
    Statement(database_, "UPDATE OR IGNORE suppression_entries SET fingerprint = ? WHERE id = ?")
        .bind(print)
        .bind(id)
        .run();
}

std::optional<Entry> SuppressionsTable::entryOf(std::string_view account, List list,
                                                std::uint64_t fingerprint) {
  const auto id = idOf(account, list);
  if (!id) return std::nullopt;
  Statement row(database_,
                "SELECT email, created_at, reason, status, ip, unsubscribe_group FROM suppression_entries "
                "WHERE list = ? AND fingerprint = ?");
  row.bind(*id).bind(asRow(fingerprint));
  if (!row.step()) return std::nullopt;
  return Entry{std::string(row.text(0)), fromUnixMilliseconds(row.integer(1)),
               std::string(row.text(2)), std::string(row.text(3)),
               std::string(row.text(4)), row.integer(5)};
}

// An entry that had this time before, and was removed, makes room: what it said is what the list says now.
bool SuppressionsTable::forgetRemoved(std::int64_t list, std::uint64_t fingerprint,
                                      suppression::EntryId otherThan) {
  std::vector<std::pair<std::int64_t, std::int64_t>> before;
  {
    Statement row(database_,
                  "SELECT id, created_at, removed_at FROM suppression_entries WHERE list = ? AND fingerprint "
                  "= ? AND id <> ?");
    row.bind(list).bind(asRow(fingerprint)).bind(static_cast<std::int64_t>(otherThan));
    if (!row.step()) return true;
    if (row.isNull(2)) return false;
    before.emplace_back(row.integer(0), row.integer(1));
  }
  erase(before);
  return true;
}

bool SuppressionsTable::update(const StoredEntry& stored, const Entry& entry, const EntryFacets& facets) {
  const auto list = idForWriting(stored.account, stored.list);
  const auto print =
      suppression::fingerprint(stored.list, stored.entry.email, entry.created, stored.entry.group);
  if (!forgetRemoved(list, print, stored.id)) return false;
  Statement(database_,
            "UPDATE suppression_entries SET fingerprint = ?, created_at = ?, reason = "
            "coalesce(nullif(?, ''), reason), status = coalesce(nullif(?, ''), status), ip = "
            "coalesce(nullif(?, ''), ip) WHERE id = ?")
      .bind(asRow(print))
      .bind(unixMilliseconds(entry.created))
      .bind(entry.reason)
      .bind(entry.status)
      .bind(entry.ip)
      .bind(static_cast<std::int64_t>(stored.id))
      .run();
  EntriesTable narrow(database_);
  narrow.move(stored.id, stored.entry.created, entry.created);
  narrow.update(stored.id, entry.created, facets);
  return true;
}

std::vector<StoredEntry> SuppressionsTable::find(std::span<const suppression::EntryId> ids) {
  std::vector<StoredEntry> found;
  static const auto sql = storedEntries(
      "suppression_entries CROSS JOIN suppression_lists ON suppression_lists.id = "
      "suppression_entries.list" +
      std::string(kFacets) + "WHERE suppression_entries.id = ?");
  for (const auto id : ids) {
    Statement row(database_, sql);
    row.bind(static_cast<std::int64_t>(id));
    if (row.step()) found.push_back(storedEntry(row));
  }
  return found;
}

std::vector<StoredEntry> SuppressionsTable::following(suppression::EntryId after, std::size_t max) {
  std::vector<StoredEntry> found;
  static const auto sql = storedEntries(
      "suppression_entries CROSS JOIN suppression_lists ON suppression_lists.id = "
      "suppression_entries.list" +
      std::string(kFacets) + "WHERE suppression_entries.id > ? ORDER BY suppression_entries.id LIMIT ?");
  Statement rows(database_, sql);
  rows.bind(static_cast<std::int64_t>(after)).bind(static_cast<std::int64_t>(max));
  while (rows.step()) found.push_back(storedEntry(rows));
  return found;
}

}  // namespace arrivald::store
