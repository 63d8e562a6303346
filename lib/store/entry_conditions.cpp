#include "store/entry_conditions.hpp"

#include <algorithm>
#include <array>

#include "store/blobs.hpp"

namespace arrivald::store {
namespace {

constexpr std::string_view kOfReceivers = "receivers = (SELECT id FROM entry_receivers WHERE name = ?)";
constexpr std::string_view kOfDomain = "domain = (SELECT id FROM entry_domains WHERE name = ?)";

// The index of first_seen_at holds the ids, too.
constexpr std::string_view kOfSeen =
    "entry IN (SELECT suppression_entries.id FROM suppression_lists CROSS JOIN suppression_entries ON "
    "suppression_entries.list = suppression_lists.id AND first_seen_at > ? AND first_seen_at <= ?)";

// A join in this order; the columns of entry_facets have no others beside them.
constexpr std::string_view kFromSeen =
    " FROM (SELECT suppression_entries.created_at AS seen_created, suppression_entries.id AS seen_entry FROM "
    "suppression_lists CROSS JOIN suppression_entries ON suppression_entries.list = suppression_lists.id AND "
    "first_seen_at > ? AND first_seen_at <= ?) CROSS JOIN entry_facets ON created_at = seen_created AND "
    "entry = seen_entry";

// Up to so many are looked up and sorted; of more the list is read in its order.
constexpr std::int64_t kFewSeen = 5'000;

bool areFew(Database& database, const EntryFilter::Seen& seen) {
  Statement row(database,
                "SELECT count(*) FROM (SELECT 1 FROM suppression_lists CROSS JOIN suppression_entries ON "
                "suppression_entries.list = suppression_lists.id AND first_seen_at > ? AND first_seen_at <= "
                "? LIMIT ?)");
  row.bind(unixMilliseconds(seen.after)).bind(unixMilliseconds(seen.until)).bind(kFewSeen + 1);
  return row.step() && row.integer(0) <= kFewSeen;
}

std::string ofLists(const EntryFilter& filter) {
  if (filter.list && !filter.account.empty())
    return "list = (SELECT id FROM suppression_lists WHERE account = ? AND list = ?)";
  return std::string("list IN (SELECT id FROM suppression_lists WHERE ") +
         (filter.list ? "list = ?)" : "account = ?)");
}

bool narrowsLists(const EntryFilter& filter) { return filter.list || !filter.account.empty(); }

void bindLists(const EntryFilter& filter, Statement& statement) {
  if (!filter.account.empty()) statement.bind(filter.account);
  if (filter.list) statement.bind(name(*filter.list));
}

// The order of a list is read as it stands where a filter leaves at least one row in so many.
constexpr std::int64_t kDense = 4;
// Several lists have no common order in the index of lists: so many rows are sorted.
constexpr std::int64_t kSorted = 10'000;

// A span of entry_spans is `day >> 5`.
constexpr int kSpanBits = 5;
constexpr std::int64_t kSpanDays = 1 << kSpanBits;

constexpr std::string_view kDays = " FROM entry_counts WHERE removed = ? AND day BETWEEN ? AND ?";

}  // namespace

std::string Conditions::sql() const {
  std::string sql;
  const auto add = [&](bool wanted, std::string_view condition) {
    if (wanted) sql.append(" AND ").append(condition);
  };
  if (narrowsLists(filter_)) add(true, ofLists(filter_));
  add(filter_.side.has_value(), "side = ?");
  add(filter_.cause.has_value(), "class = ?");
  add(!filter_.receivers.empty(), kOfReceivers);
  add(!filter_.domain.empty(), kOfDomain);
  add(filter_.seen.has_value(), kOfSeen);
  return sql;
}

void Conditions::bind(Statement& statement) const {
  bindLists(filter_, statement);
  if (filter_.side) statement.bind(static_cast<std::int64_t>(*filter_.side));
  if (filter_.cause) statement.bind(static_cast<std::int64_t>(*filter_.cause));
  if (!filter_.receivers.empty()) statement.bind(filter_.receivers);
  if (!filter_.domain.empty()) statement.bind(filter_.domain);
  if (filter_.seen)
    statement.bind(unixMilliseconds(filter_.seen->after)).bind(unixMilliseconds(filter_.seen->until));
}

FacetRows::FacetRows(Database& database, const EntryFilter& filter)
    : filter_(filter), rest_(filter), bySeen_(filter.seen && areFew(database, *filter.seen)) {
  if (bySeen_) rest_.seen.reset();
}

std::string FacetRows::sql(std::string_view index) const {
  std::string sql(bySeen_ ? kFromSeen : " FROM entry_facets ");
  if (!bySeen_) sql.append(index);
  return sql + " WHERE removed = ? AND created_at >= ? AND created_at < ?" + Conditions(rest_).sql();
}

void FacetRows::bind(Statement& statement, std::int64_t to) const {
  if (bySeen_)
    statement.bind(unixMilliseconds(filter_.seen->after)).bind(unixMilliseconds(filter_.seen->until));
  statement.bind(static_cast<std::int64_t>(filter_.presence)).bind(unixMilliseconds(filter_.from)).bind(to);
  Conditions(rest_).bind(statement);
}

bool isWhole(const EntryFilter& filter) { return Conditions(filter).sql().empty(); }

CountedDays wholeDays(const EntryFilter& filter) {
  return {kDays, dayNumber(filter.first), dayNumber(filter.last)};
}

std::vector<CountedDays> countedDays(const EntryFilter& filter) {
  constexpr std::string_view kSpans = " FROM entry_spans WHERE removed = ? AND span BETWEEN ? AND ?";
  const auto first = dayNumber(filter.first), last = dayNumber(filter.last);
  const auto firstSpan = (first + kSpanDays - 1) >> kSpanBits, endSpan = (last + 1) >> kSpanBits;
  if (firstSpan >= endSpan) return {{kDays, first, last}};
  std::vector<CountedDays> parts;
  if (first < firstSpan * kSpanDays) parts.push_back({kDays, first, firstSpan * kSpanDays - 1});
  parts.push_back({kSpans, firstSpan, endSpan - 1});
  if (endSpan * kSpanDays <= last) parts.push_back({kDays, endSpan * kSpanDays, last});
  return parts;
}

namespace {

// How many entries each condition leaves alone, in the order of the indexes, between all and those of all
// conditions together.
std::array<std::int64_t, 6> leftBy(Database& database, const EntryFilter& filter) {
  const std::string lists = narrowsLists(filter) ? ofLists(filter) : "1";
  const std::string side = filter.side ? "side = ?" : "1";
  const std::string cause = filter.cause ? "class = ?" : "1";
  const std::string receivers = filter.receivers.empty() ? "1" : std::string(kOfReceivers);
  EntryFilter rest = filter;
  rest.domain.clear();
  rest.seen.reset();
  const Conditions all(rest);
  std::string columns = "SELECT coalesce(sum(entries), 0)";
  for (const auto* one : {&lists, &side, &cause, &receivers})
    columns += ", coalesce(sum(entries * coalesce(" + *one + ", 0)), 0)";
  columns += ", coalesce(sum(entries * coalesce(1" + all.sql() + ", 0)), 0)";
  std::array<std::int64_t, 6> left{};
  for (const auto& part : countedDays(filter)) {
    Statement row(database, columns + std::string(part.from));
    bindLists(filter, row);
    if (filter.side) row.bind(static_cast<std::int64_t>(*filter.side));
    if (filter.cause) row.bind(static_cast<std::int64_t>(*filter.cause));
    if (!filter.receivers.empty()) row.bind(filter.receivers);
    all.bind(row);
    row.bind(static_cast<std::int64_t>(filter.presence)).bind(part.first).bind(part.last);
    if (!row.step()) continue;
    for (std::size_t i = 0; i < left.size(); ++i) left[i] += row.integer(static_cast<int>(i));
  }
  return left;
}

}  // namespace

std::optional<std::string> rarest(Database& database, const EntryFilter& filter) {
  const auto left = leftBy(database, filter);
  if (left.back() == 0) return std::nullopt;
  if (!filter.domain.empty()) return "INDEXED BY entry_facets_domain";
  constexpr std::array<std::string_view, 4> kIndexes = {"entry_facets_list", "entry_facets_side",
                                                        "entry_facets_class", "entry_facets_receivers"};
  const bool oneList = filter.list && !filter.account.empty();
  auto fewest = left.front() / kDense;
  std::string index;
  for (std::size_t i = 0; i < kIndexes.size(); ++i) {
    const auto entries = left[i + 1];
    if (entries >= fewest || (i == 0 && !oneList && entries > kSorted)) continue;
    fewest = entries;
    index = "INDEXED BY " + std::string(kIndexes[i]);
  }
  return index;
}

}  // namespace arrivald::store
