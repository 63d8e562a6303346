#include "desk/entries.hpp"

#include <algorithm>
#include <array>

#include "desk/ongoing.hpp"
#include "store/entry_cells.hpp"

namespace arrivald::desk {

using store::EntriesTable;
using store::EntryCell;
using store::EntryCountsTable;
using store::StoredEntry;
using store::SuppressionsTable;
using suppression::EntryId;
using suppression::Side;

namespace {

constexpr double kMostly = 0.8;

template <class Key>
std::pair<Key, std::int64_t> largest(const std::map<Key, std::int64_t>& counts) {
  std::pair<Key, std::int64_t> found{};
  for (const auto& [key, entries] : counts)
    if (entries > found.second) found = {key, entries};
  return found;
}

template <class Wanted>
void keep(std::vector<EntryCell>& cells, const Wanted& wanted) {
  std::erase_if(cells, [&](const EntryCell& cell) { return !wanted(cell); });
}

void addTotals(SideCounts& counts) {
  for (const auto& [side, entries] : counts.now) counts.total += entries;
  for (const auto& [side, entries] : counts.before) counts.totalBefore += entries;
}

std::optional<OwnCause> ownCauseOf(std::vector<EntryCell> cells) {
  keep(cells, [](const EntryCell& cell) { return cell.side == Side::ours; });
  if (cells.empty()) return std::nullopt;
  const auto [cause, entries] = largest(store::countsOf(cells).byCause);
  keep(cells, [&](const EntryCell& cell) { return cell.cause == cause; });
  OwnCause own{cause, "", entries};
  const auto [receivers, most] = largest(store::countsOf(cells).byReceivers);
  if (static_cast<double>(most) >= kMostly * static_cast<double>(entries)) own.receivers = receivers;
  return own;
}

}  // namespace

ListedEntry Entries::listed(StoredEntry stored) const {
  ListedEntry row;
  row.id = stored.id;
  row.account = std::move(stored.account);
  row.list = stored.list;
  row.entry = std::move(stored.entry);
  row.firstSeen = stored.firstSeen;
  row.removed = stored.removed;
  row.cause = owners_.causes().causeOf(row.list, row.entry);
  row.side = suppression::sideOf(row.cause);
  row.domain = watch::domainOf(row.entry.email);
  row.group = owners_.lists().facets().receiversOf(row.domain);
  row.stoppedSends = stored.stopped;
  row.acceptedSince = stored.acceptedSince;
  row.acceptedAt = stored.acceptedAt;
  suppression::AdviceFacts facts;
  facts.list = row.list;
  facts.cause = &row.cause;
  facts.created = row.entry.created;
  facts.receiverAcceptedSince = row.acceptedAt && *row.acceptedAt > row.entry.created;
  facts.failedAgainAfterRelease =
      history_ != nullptr && history_->failedAgain(row.account, row.entry.email).has_value();
  row.advice = suppression::advise(facts);
  row.incident = ongoingIncident(owners_.incidents().followed(), row);
  // While it goes on, the next mail fails as well: that single ones are accepted proves nothing.
  if (row.incident != 0 && row.advice == suppression::Advice::safe)
    row.advice = suppression::Advice::onceConfirmed;
  return row;
}

std::vector<ListedEntry> Entries::listed(std::vector<StoredEntry> stored) const {
  std::map<std::pair<std::string, std::int64_t>, std::string> groups;
  if (std::ranges::any_of(stored, [](const StoredEntry& one) { return one.entry.group != 0; }))
    groups = SuppressionsTable(owners_.database()).groups();
  std::vector<ListedEntry> rows;
  rows.reserve(stored.size());
  for (auto& one : stored) {
    rows.push_back(listed(std::move(one)));
    const auto name = groups.find({rows.back().account, rows.back().entry.group});
    if (name != groups.end()) rows.back().unsubscribeGroup = name->second;
  }
  return rows;
}

Result<Page> Entries::page(const Query& query, std::size_t max) const {
  Page page;
  auto& database = owners_.database();
  const auto read = database.read([&] {
    // One more than is shown tells whether there is another page.
    auto places = EntriesTable(database).page(query.filter, query.order, query.after, max + 1);
    if (places.size() > max) {
      places.resize(max);
      page.next = toText(places.back());
    }
    std::vector<EntryId> ids;
    for (const auto& place : places) ids.push_back(place.id);
    page.rows = listed(SuppressionsTable(database).find(ids));
  });
  if (!read) return read.error();
  return page;
}

Result<Overview> Entries::overview(const Query& query) const {
  Overview overview;
  auto anySide = query.filter;
  anySide.side.reset();
  auto earlier = during(query, suppression::before(query.period, zone())).filter;
  earlier.side.reset();
  std::vector<EntryCell> cells;
  const auto read = owners_.database().read([&] {
    cells = store::EntryCells(owners_.database()).of(anySide);
    overview.sides.before = EntryCountsTable(owners_.database()).bySide(earlier);
  });
  if (!read) return read.error();
  overview.sides.now = store::countsOf(cells).bySide;
  addTotals(overview.sides);
  overview.toDo = ownCauseOf(cells);
  if (query.filter.side) keep(cells, [&](const EntryCell& cell) { return cell.side == *query.filter.side; });
  overview.breakdown = store::countsOf(cells);
  return overview;
}

Result<SideCounts> Entries::counts(const Query& query) const {
  SideCounts counts;
  auto filter = query.filter;
  filter.side.reset();
  auto earlier = during(query, suppression::before(query.period, zone())).filter;
  earlier.side.reset();
  const auto read = owners_.database().read([&] {
    EntryCountsTable table(owners_.database());
    counts.now = table.bySide(filter);
    counts.before = table.bySide(earlier);
  });
  if (!read) return read.error();
  addTotals(counts);
  return counts;
}

Result<store::EntryCounts> Entries::breakdown(const Query& query) const {
  store::EntryCounts counts;
  const auto read =
      owners_.database().read([&] { counts = EntryCountsTable(owners_.database()).count(query.filter); });
  if (!read) return read.error();
  return counts;
}

Result<std::vector<ListedEntry>> Entries::find(std::span<const EntryId> ids) {
  std::vector<ListedEntry> rows;
  auto& database = owners_.database();
  const auto read = database.read([&] { rows = listed(SuppressionsTable(database).find(ids)); });
  if (!read) return read.error();
  return rows;
}

void Entries::removed(EntryId id, Instant at) {
  SuppressionsTable table(owners_.database());
  for (const auto& one : table.find(std::array{id})) {
    const auto& entry = one.entry;
    const std::array prints{suppression::fingerprint(one.list, entry.email, entry.created, entry.group)};
    table.remove(one.account, one.list, prints, at);
  }
}

Result<std::vector<ListedEntry>> Entries::of(const std::string& email, std::size_t max) const {
  std::vector<ListedEntry> rows;
  auto& database = owners_.database();
  const auto read = database.read([&] { rows = listed(SuppressionsTable(database).find(email, max)); });
  if (!read) return read.error();
  return rows;
}

Result<std::int64_t> Entries::listedOf(const std::string& domain) const {
  std::int64_t entries = 0;
  auto& database = owners_.database();
  const auto read = database.read([&] { entries = EntriesTable(database).listedOf(domain); });
  if (!read) return read.error();
  return entries;
}

ListAge Entries::age(const config::Config& configuration) const {
  ListAge age;
  bool first = true;
  for (const auto& account : configuration.accounts) {
    if (!account.suppressions) continue;
    const auto& lists = std::as_const(owners_).lists();
    for (const auto& owner : lists.ownersOf(account))
      for (const auto list : suppression::kLists) {
        const auto progress = lists.progress(owner, list);
        // A list that was never read comes before any time.
        age.crawled = first ? progress.crawled : std::min(age.crawled, progress.crawled);
        age.read = first ? progress.readTo : std::min(age.read, progress.readTo);
        first = false;
      }
  }
  return age;
}

}  // namespace arrivald::desk
