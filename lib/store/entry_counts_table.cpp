#include "store/entry_counts_table.hpp"

#include <array>
#include <unordered_map>

#include "store/blobs.hpp"
#include "store/entry_cells.hpp"
#include "store/entry_conditions.hpp"

namespace arrivald::store {

using suppression::Side;

namespace {

// The counters know neither domains nor when an entry was first seen.
bool isCountedOneByOne(const EntryFilter& filter) { return !filter.domain.empty() || filter.seen; }

// The rows that a filter leaves, with `columns` and their number last. Rows may agree in `columns`: what
// visits them adds them up, in a fraction of the time that SQLite takes to sort them into groups.
template <class Visit>
void eachCount(Database& database, const EntryFilter& filter, const std::string& columns,
               std::span<const CountedDays> parts, const Visit& visit) {
  if (isCountedOneByOne(filter)) {
    const FacetRows facets(database, filter);
    Statement rows(database, "SELECT " + columns + ", 1" +
                                 facets.sql(filter.domain.empty() ? "" : "INDEXED BY entry_facets_domain"));
    facets.bind(rows, unixMilliseconds(filter.to));
    while (rows.step()) visit(rows);
    return;
  }
  const Conditions conditions(filter);
  for (const auto& part : parts) {
    Statement rows(database, "SELECT " + columns + ", entries" + std::string(part.from) + conditions.sql());
    rows.bind(static_cast<std::int64_t>(filter.presence)).bind(part.first).bind(part.last);
    conditions.bind(rows);
    while (rows.step()) visit(rows);
  }
}

// list, class, side, receivers
using CellKey = std::array<std::int64_t, 4>;
struct CellHash {
  std::size_t operator()(const CellKey& key) const {
    std::uint64_t hash = 0;
    for (const auto one : key) hash = hash * 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(one);
    return hash ^ (hash >> 29);
  }
};

}  // namespace

EntryCounts countsOf(std::span<const EntryCell> cells) {
  EntryCounts counts;
  for (const auto& cell : cells) {
    counts.entries += cell.entries;
    counts.byList[cell.list] += cell.entries;
    counts.byAccount[cell.account] += cell.entries;
    counts.byCause[cell.cause] += cell.entries;
    counts.bySide[cell.side] += cell.entries;
    counts.byReceivers[cell.receivers] += cell.entries;
  }
  return counts;
}

std::vector<EntryCell> EntryCells::of(const EntryFilter& filter) {
  std::unordered_map<CellKey, std::int64_t, CellHash> sums;
  eachCount(database_, filter, "list, class, side, receivers", countedDays(filter),
            [&](const Statement& rows) {
              sums[{rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)}] += rows.integer(4);
            });
  struct ListOf {
    std::string account;
    suppression::List list = suppression::List::bounces;
  };
  std::map<std::int64_t, ListOf> lists;
  std::map<std::int64_t, std::string> receivers;
  if (!sums.empty()) {
    Statement rows(database_, "SELECT id, account, list FROM suppression_lists");
    while (rows.step())
      lists[rows.integer(0)] = {std::string(rows.text(1)),
                                suppression::listNamed(rows.text(2)).value_or(suppression::List::bounces)};
    Statement names(database_, "SELECT id, name FROM entry_receivers");
    while (names.step()) receivers[names.integer(0)] = names.text(1);
  }
  std::vector<EntryCell> cells;
  cells.reserve(sums.size());
  for (const auto& [key, entries] : sums) {
    const auto& of = lists[key[0]];
    cells.push_back({of.account, of.list, static_cast<causes::Class>(key[1]), static_cast<Side>(key[2]),
                     receivers[key[3]], entries});
  }
  return cells;
}

EntryCounts EntryCountsTable::count(const EntryFilter& filter) {
  return countsOf(EntryCells(database_).of(filter));
}

std::map<Side, std::int64_t> EntryCountsTable::bySide(const EntryFilter& filter) {
  std::map<Side, std::int64_t> counts;
  eachCount(database_, filter, "side", countedDays(filter),
            [&](const Statement& rows) { counts[static_cast<Side>(rows.integer(0))] += rows.integer(1); });
  return counts;
}

std::map<Date, std::map<Side, std::int64_t>> EntryCountsTable::byDay(const EntryFilter& filter) {
  std::map<Date, std::map<Side, std::int64_t>> counts;
  const std::array days{wholeDays(filter)};
  eachCount(database_, filter, "day, side", days, [&](const Statement& rows) {
    counts[dayFrom(rows.integer(0))][static_cast<Side>(rows.integer(1))] += rows.integer(2);
  });
  return counts;
}

std::optional<Date> EntryCells::firstDay(const EntryFilter& filter) {
  if (isCountedOneByOne(filter)) {
    const auto days = EntryCountsTable(database_).byDay(filter);
    return days.empty() ? std::nullopt : std::optional(days.begin()->first);
  }
  // In the order of the key: it ends with the first row that fits.
  const Conditions conditions(filter);
  const auto days = wholeDays(filter);
  Statement row(database_,
                "SELECT day" + std::string(days.from) + conditions.sql() + " ORDER BY day LIMIT 1");
  row.bind(static_cast<std::int64_t>(filter.presence)).bind(days.first).bind(days.last);
  conditions.bind(row);
  return row.step() ? std::optional(dayFrom(row.integer(0))) : std::nullopt;
}

std::vector<EntriesOfDay> EntryCountsTable::repliesByDay(std::string_view account, Date first, Date last) {
  std::vector<EntriesOfDay> days;
  Statement rows(database_,
                 "SELECT day, class, entry_receivers.name, sum(entries) FROM entry_counts "
                 "JOIN suppression_lists ON suppression_lists.id = entry_counts.list "
                 "JOIN entry_receivers ON entry_receivers.id = receivers "
                 "WHERE entry_counts.removed IN (0, 1) AND day BETWEEN ? AND ? AND account = ? "
                 "AND suppression_lists.list IN ('bounces', 'blocks', 'invalid_emails') "
                 "GROUP BY day, class, receivers");
  rows.bind(dayNumber(first)).bind(dayNumber(last)).bind(account);
  while (rows.step())
    days.push_back({dayFrom(rows.integer(0)), static_cast<causes::Class>(rows.integer(1)),
                    std::string(rows.text(2)), rows.integer(3)});
  return days;
}

std::vector<std::pair<std::string, std::int64_t>> EntryCountsTable::domains(const EntryFilter& filter,
                                                                            std::size_t max) {
  std::vector<std::pair<std::string, std::int64_t>> domains;
  if (!rarest(database_, filter)) return domains;
  // The entries of each domain stand together: those of a group's domains are read, and no others.
  const bool ofGroup = !filter.receivers.empty() && filter.domain.empty();
  const std::string rows =
      ofGroup ? "entry_facets INDEXED BY entry_facets_domain WHERE domain IN (SELECT id FROM "
                "entry_domains WHERE receivers = (SELECT id FROM entry_receivers WHERE "
                "name = ?)) AND removed = ? AND created_at >= ? AND created_at < ?"
              : "entry_facets WHERE removed = ? AND created_at >= ? AND created_at < ?";
  Statement sorted(database_, "SELECT name, n FROM (SELECT domain, count(*) AS n FROM " + rows +
                                  Conditions(filter).sql() +
                                  " GROUP BY domain ORDER BY n DESC LIMIT ?) JOIN entry_domains ON "
                                  "entry_domains.id = domain ORDER BY n DESC, name");
  if (ofGroup) sorted.bind(filter.receivers);
  sorted.bind(static_cast<std::int64_t>(filter.presence))
      .bind(unixMilliseconds(filter.from))
      .bind(unixMilliseconds(filter.to));
  Conditions(filter).bind(sorted);
  sorted.bind(static_cast<std::int64_t>(max));
  while (sorted.step()) domains.emplace_back(std::string(sorted.text(0)), sorted.integer(1));
  return domains;
}

}  // namespace arrivald::store
