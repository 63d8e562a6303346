#include "store/entries_table.hpp"

#include <algorithm>

#include "store/blobs.hpp"
#include "store/entry_conditions.hpp"

namespace arrivald::store {

using suppression::EntryId;

namespace {

std::int64_t number(EntryId id) { return static_cast<std::int64_t>(id); }

// Which group of receivers a domain belongs to, so that the domains of a group are found.
void noteReceivers(Database& database, std::int64_t domain, std::int64_t receivers) {
  {
    Statement row(database, "SELECT receivers FROM entry_domains WHERE id = ?");
    row.bind(domain);
    if (row.step() && row.integer(0) == receivers) return;
  }
  Statement(database, "UPDATE entry_domains SET receivers = ? WHERE id = ?")
      .bind(receivers)
      .bind(domain)
      .run();
}

}  // namespace

std::int64_t EntriesTable::idOf(std::string_view insert, std::string_view select, std::string_view name) {
  {
    Statement row(database_, select);
    row.bind(name);
    if (row.step()) return row.integer(0);
  }
  Statement(database_, insert).bind(name).run();
  return database_.lastInsertRow();
}

EntriesTable::Put EntriesTable::put(EntryId id, Instant created, std::int64_t list,
                                    const EntryFacets& facets) {
  const auto domain = idOf("INSERT INTO entry_domains (name) VALUES (?)",
                           "SELECT id FROM entry_domains WHERE name = ?", facets.domain);
  const auto receivers = idOf("INSERT INTO entry_receivers (name) VALUES (?)",
                              "SELECT id FROM entry_receivers WHERE name = ?", facets.receivers);
  noteReceivers(database_, domain, receivers);
  const auto bindFacets = [&](Statement& statement) {
    statement.bind(dayNumber(facets.day))
        .bind(static_cast<std::int64_t>(facets.causeClass))
        .bind(static_cast<std::int64_t>(facets.side))
        .bind(receivers)
        .bind(domain)
        .bind(unixMilliseconds(created))
        .bind(number(id));
  };
  Statement back(
      database_,
      "UPDATE entry_facets SET removed = 0, day = ?, class = ?, side = ?, receivers = ?, domain = ? "
      "WHERE removed IN (0, 1) AND created_at = ? AND entry = ?");
  bindFacets(back);
  back.run();
  if (database_.changes() > 0) return Put::back;
  Statement statement(database_,
                      "INSERT INTO entry_facets (removed, day, class, side, receivers, domain, created_at, "
                      "entry, list) VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?)");
  bindFacets(statement);
  statement.bind(list).run();
  return Put::added;
}

std::optional<causes::Class> EntriesTable::remove(EntryId id, Instant created) {
  const auto at = unixMilliseconds(created);
  Statement(database_,
            "UPDATE entry_facets SET removed = 1 WHERE removed = 0 AND created_at = ? AND entry = ?")
      .bind(at)
      .bind(number(id))
      .run();
  Statement row(database_,
                "SELECT class FROM entry_facets WHERE removed = 1 AND created_at = ? AND entry = ?");
  row.bind(at).bind(number(id));
  if (!row.step()) return std::nullopt;
  return static_cast<causes::Class>(row.integer(0));
}

void EntriesTable::update(EntryId id, Instant created, const EntryFacets& facets) {
  const auto domain = idOf("INSERT INTO entry_domains (name) VALUES (?)",
                           "SELECT id FROM entry_domains WHERE name = ?", facets.domain);
  const auto receivers = idOf("INSERT INTO entry_receivers (name) VALUES (?)",
                              "SELECT id FROM entry_receivers WHERE name = ?", facets.receivers);
  noteReceivers(database_, domain, receivers);
  Statement(database_,
            "UPDATE entry_facets SET day = ?1, class = ?2, side = ?3, receivers = ?4, domain = ?5 "
            "WHERE removed IN (0, 1) AND created_at = ?6 AND entry = ?7 AND (day, class, side, receivers, "
            "domain) IS NOT (?1, ?2, ?3, ?4, ?5)")
      .bind(dayNumber(facets.day))
      .bind(static_cast<std::int64_t>(facets.causeClass))
      .bind(static_cast<std::int64_t>(facets.side))
      .bind(receivers)
      .bind(domain)
      .bind(unixMilliseconds(created))
      .bind(number(id))
      .run();
}

void EntriesTable::move(EntryId id, Instant created, Instant to) {
  Statement(database_,
            "UPDATE entry_facets SET created_at = ? WHERE removed IN (0, 1) AND created_at = ? AND entry = ?")
      .bind(unixMilliseconds(to))
      .bind(unixMilliseconds(created))
      .bind(number(id))
      .run();
}

void EntriesTable::addStopped(EntryId id, Instant created, std::int64_t sends) {
  Statement(database_,
            "UPDATE entry_facets SET stopped = stopped + ? WHERE removed IN (0, 1) AND created_at = ? AND "
            "entry = ?")
      .bind(sends)
      .bind(unixMilliseconds(created))
      .bind(number(id))
      .run();
}

void EntriesTable::addAccepted(std::string_view domain, std::int64_t mails, Instant last) {
  Statement(
      database_,
      "UPDATE entry_domains SET accepted = accepted + ?, accepted_at = max(coalesce(accepted_at, 0), ?) "
      "WHERE name = ?")
      .bind(mails)
      .bind(unixMilliseconds(last))
      .bind(domain)
      .run();
}

void EntriesTable::select(const EntryFilter& filter, std::string_view index, Stops stops,
                          const std::optional<EntryPlace>& after, std::size_t max,
                          std::vector<EntryPlace>& places) {
  const bool byStops = stops == Stops::some;
  const FacetRows facets(database_, filter);
  std::string sql = "SELECT created_at, entry, stopped" + facets.sql(index);
  if (stops != Stops::any) sql += byStops ? " AND stopped > 0" : " AND stopped = 0";
  if (after)
    sql += byStops ? " AND (stopped, created_at, entry) < (?, ?, ?)" : " AND (created_at, entry) < (?, ?)";
  sql += byStops ? " ORDER BY stopped DESC, created_at DESC, entry DESC LIMIT ?"
                 : " ORDER BY created_at DESC, entry DESC LIMIT ?";
  Statement rows(database_, sql);
  const auto end = unixMilliseconds(filter.to);
  facets.bind(rows, after && !byStops ? std::min(after->created + 1, end) : end);
  if (after && byStops) rows.bind(after->stopped);
  if (after) rows.bind(after->created).bind(number(after->id));
  rows.bind(static_cast<std::int64_t>(max));
  while (rows.step())
    places.push_back({rows.integer(0), static_cast<EntryId>(rows.integer(1)), rows.integer(2)});
}

std::vector<EntryPlace> EntriesTable::page(const EntryFilter& filter, Order order,
                                           const std::optional<EntryPlace>& after, std::size_t max) {
  std::vector<EntryPlace> places;
  // Of a file each slice is a page: where nothing is left out there is nothing to choose between.
  const auto index = isWhole(filter) ? std::optional<std::string>("") : rarest(database_, filter);
  if (!index) return places;
  if (order == Order::newest) {
    select(filter, *index, Stops::any, after, max, places);
    return places;
  }
  // First those with stopped sends, most first; then all others, newest first.
  const bool amongOthers = after && after->stopped == 0;
  if (!amongOthers) select(filter, "INDEXED BY entry_facets_stopped", Stops::some, after, max, places);
  if (places.size() < max)
    select(filter, *index, Stops::none, amongOthers ? after : std::nullopt, max - places.size(), places);
  return places;
}

std::int64_t EntriesTable::listedOf(std::string_view domain) {
  Statement row(database_,
                "SELECT count(*) FROM entry_facets WHERE removed = 0 AND domain = (SELECT id FROM "
                "entry_domains WHERE name = ?)");
  row.bind(domain);
  return row.step() ? row.integer(0) : 0;
}

}  // namespace arrivald::store
