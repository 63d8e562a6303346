#include "store/entry_counts_table.hpp"

#include "store/blobs.hpp"
#include "store/entry_conditions.hpp"

namespace arrivald::store {

using suppression::Side;

namespace {

// The counters know neither domains nor when an entry was first seen.
bool isCountedOneByOne(const EntryFilter& filter) { return !filter.domain.empty() || filter.seen; }

// The rows that a filter leaves, with `columns` and their number last, in the order of `columns`.
template <class Visit>
void eachCount(Database& database, const EntryFilter& filter, const std::string& columns,
               const Visit& visit) {
  if (isCountedOneByOne(filter)) {
    const FacetRows facets(database, filter);
    Statement rows(database, "SELECT " + columns + ", count(*)" +
                                 facets.sql(filter.domain.empty() ? "" : "INDEXED BY entry_facets_domain") +
                                 " GROUP BY " + columns);
    facets.bind(rows, unixMilliseconds(filter.to));
    while (rows.step()) visit(rows);
    return;
  }
  const Conditions conditions(filter);
  Statement rows(database, "SELECT " + columns +
                               ", sum(entries) FROM entry_counts WHERE removed = ? AND day BETWEEN ? AND ?" +
                               conditions.sql() + " GROUP BY " + columns);
  rows.bind(static_cast<std::int64_t>(filter.presence))
      .bind(dayNumber(filter.first))
      .bind(dayNumber(filter.last));
  conditions.bind(rows);
  while (rows.step()) visit(rows);
}

}  // namespace

EntryCounts EntryCountsTable::count(const EntryFilter& filter) {
  struct ListOf {
    std::string account;
    suppression::List list = suppression::List::bounces;
  };
  std::map<std::int64_t, ListOf> lists;
  std::map<std::int64_t, std::string> receivers;
  {
    Statement rows(database_, "SELECT id, account, list FROM suppression_lists");
    while (rows.step())
      lists[rows.integer(0)] = {std::string(rows.text(1)),
                                suppression::listNamed(rows.text(2)).value_or(suppression::List::bounces)};
    Statement names(database_, "SELECT id, name FROM entry_receivers");
    while (names.step()) receivers[names.integer(0)] = names.text(1);
  }
  EntryCounts counts;
  eachCount(database_, filter, "list, class, side, receivers", [&](const Statement& rows) {
    const auto entries = rows.integer(4);
    const auto& of = lists[rows.integer(0)];
    counts.entries += entries;
    counts.byList[of.list] += entries;
    counts.byAccount[of.account] += entries;
    counts.byCause[static_cast<causes::Class>(rows.integer(1))] += entries;
    counts.bySide[static_cast<Side>(rows.integer(2))] += entries;
    counts.byReceivers[receivers[rows.integer(3)]] += entries;
  });
  return counts;
}

std::map<Side, std::int64_t> EntryCountsTable::bySide(const EntryFilter& filter) {
  std::map<Side, std::int64_t> counts;
  eachCount(database_, filter, "side",
            [&](const Statement& rows) { counts[static_cast<Side>(rows.integer(0))] = rows.integer(1); });
  return counts;
}

std::map<Date, std::map<Side, std::int64_t>> EntryCountsTable::byDay(const EntryFilter& filter) {
  std::map<Date, std::map<Side, std::int64_t>> counts;
  eachCount(database_, filter, "day, side", [&](const Statement& rows) {
    counts[dayFrom(rows.integer(0))][static_cast<Side>(rows.integer(1))] = rows.integer(2);
  });
  return counts;
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
  const auto index = rarest(database_, filter);
  if (!index) return domains;
  Statement rows(database_,
                 "SELECT name, n FROM (SELECT domain, count(*) AS n FROM entry_facets WHERE removed "
                 "= ? AND created_at >= ? AND created_at < ?" +
                     Conditions(filter).sql() +
                     " GROUP BY domain ORDER BY n DESC LIMIT ?) JOIN entry_domains ON "
                     "entry_domains.id = domain ORDER BY n DESC, name");
  rows.bind(static_cast<std::int64_t>(filter.presence))
      .bind(unixMilliseconds(filter.from))
      .bind(unixMilliseconds(filter.to));
  Conditions(filter).bind(rows);
  rows.bind(static_cast<std::int64_t>(max));
  while (rows.step()) domains.emplace_back(std::string(rows.text(0)), rows.integer(1));
  return domains;
}

}  // namespace arrivald::store
