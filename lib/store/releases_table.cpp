#include "store/releases_table.hpp"

#include "causes/cause.hpp"
#include "store/blobs.hpp"

namespace arrivald::store {

using namespace suppression;

namespace {

constexpr std::string_view kRequestColumns =
    "releases.id, user, releases.created_at, releases.state, version, mode, decided_at, decided_from, "
    "extent, "
    "motive, memo, released";
constexpr int kRequestWidth = 12;
constexpr std::string_view kItemColumns =
    "release_items.id, release, entry, account, list, unsubscribe_group, email, release_items.created_at, "
    "reason, "
    "status, ip, cause, text_key, domain, domain_group, advice, failed_again_at, asserted_by, chosen, "
    "claims, "
    "release_items.state, problem, http_status, calls, failures, due_at, begun_at, taken_at, settled_at, "
    "aftermath, "
    "after_at, took, final, follow_due_at";

std::string select(std::string_view columns, std::string_view rest) {
  return std::string("SELECT ").append(columns).append(" ").append(rest);
}

template <class T>
std::int64_t number(T value) {
  return static_cast<std::int64_t>(value);
}

void bindInstant(Statement& statement, const std::optional<Instant>& at) {
  if (at)
    statement.bind(unixMilliseconds(*at));
  else
    statement.bindNull();
}

std::optional<Instant> instantAt(const Statement& row, int column) {
  if (row.isNull(column)) return std::nullopt;
  return fromUnixMilliseconds(row.integer(column));
}

/// A stored number beyond the enumeration's last one was written by a newer version.
template <class T>
T enumerator(std::int64_t stored, T last) {
  if (stored < 0 || stored > number(last))
    throw SqlError("a release holds a number that this version does not know");
  return static_cast<T>(stored);
}

ReleaseRequest requestAt(const Statement& row, int first = 0) {
  ReleaseRequest request;
  request.id = ReleaseId(row.integer(first));
  request.user = row.text(first + 1);
  request.created = fromUnixMilliseconds(row.integer(first + 2));
  request.state = enumerator(row.integer(first + 3), ReleaseState::expired);
  request.version = row.integer(first + 4);
  request.mode = enumerator(row.integer(first + 5), Mode::rehearsal);
  request.decision.at = instantAt(row, first + 6);
  request.decision.from = row.text(first + 7);
  request.decision.extent = enumerator(row.integer(first + 8), Extent::all);
  if (!row.isNull(first + 9)) request.decision.motive = enumerator(row.integer(first + 9), Motive::other);
  request.decision.memo = row.text(first + 10);
  request.decision.released = static_cast<std::size_t>(row.integer(first + 11));
  return request;
}

ShownEntry shownAt(const Statement& row, int first) {
  ShownEntry shown;
  shown.id = EntryId(row.integer(first));
  shown.account = row.text(first + 1);
  shown.list = listNamed(row.text(first + 2)).value_or(List::groupUnsubscribes);
  shown.entry.group = row.integer(first + 3);
  shown.entry.email = row.text(first + 4);
  shown.entry.created = fromUnixMilliseconds(row.integer(first + 5));
  shown.entry.reason = row.text(first + 6);
  shown.entry.status = row.text(first + 7);
  shown.entry.ip = row.text(first + 8);
  shown.causeClass = causes::classNamed(row.text(first + 9)).value_or(causes::Class::unspecified);
  shown.textKey = row.text(first + 10);
  shown.domain = row.text(first + 11);
  shown.domainGroup = row.text(first + 12);
  shown.advice = enumerator(row.integer(first + 13), Advice::adminOnly);
  return shown;
}

ItemProgress progressAt(const Statement& row, int first) {
  ItemProgress progress;
  progress.state = enumerator(row.integer(first), ItemState::rehearsed);
  progress.problem = enumerator(row.integer(first + 1), Problem::notPlausible);
  progress.httpStatus = static_cast<int>(row.integer(first + 2));
  progress.calls = static_cast<int>(row.integer(first + 3));
  progress.failures = static_cast<int>(row.integer(first + 4));
  progress.due = fromUnixMilliseconds(row.integer(first + 5));
  progress.begun = instantAt(row, first + 6);
  progress.taken = instantAt(row, first + 7);
  progress.settled = instantAt(row, first + 8);
  return progress;
}

ReleaseItem itemAt(const Statement& row, int first = 0) {
  ReleaseItem item;
  item.id = ItemId(row.integer(first));
  item.release = ReleaseId(row.integer(first + 1));
  item.shown = shownAt(row, first + 2);
  item.failedAgain = instantAt(row, first + 16);
  item.assertedBy = row.text(first + 17);
  item.chosen = row.integer(first + 18) != 0;
  item.claims = row.integer(first + 19) != 0;
  item.progress = progressAt(row, first + 20);
  item.after.aftermath = enumerator(row.integer(first + 29), Aftermath::unknown);
  item.after.at = instantAt(row, first + 30);
  if (!row.isNull(first + 31)) item.after.took = Duration(row.integer(first + 31));
  item.after.final = row.integer(first + 32) != 0;
  item.followDue = instantAt(row, first + 33);
  return item;
}

/// The columns of progressAt().
void bindProgress(Statement& statement, const ItemProgress& progress) {
  statement.bind(number(progress.state))
      .bind(number(progress.problem))
      .bind(progress.httpStatus)
      .bind(progress.calls)
      .bind(progress.failures)
      .bind(unixMilliseconds(progress.due));
  bindInstant(statement, progress.begun);
  bindInstant(statement, progress.taken);
  bindInstant(statement, progress.settled);
}

std::vector<ReleaseRequest> requestsOf(Statement& rows) {
  std::vector<ReleaseRequest> found;
  while (rows.step()) found.push_back(requestAt(rows));
  return found;
}

std::vector<ReleaseItem> itemsOf(Statement& rows) {
  std::vector<ReleaseItem> found;
  while (rows.step()) found.push_back(itemAt(rows));
  return found;
}

}  // namespace

ReleaseId ReleasesTable::add(const ReleaseRequest& request) {
  Statement(database_, "INSERT INTO releases (user, created_at, state, version, mode) VALUES (?, ?, ?, ?, ?)")
      .bind(request.user)
      .bind(unixMilliseconds(request.created))
      .bind(number(request.state))
      .bind(request.version)
      .bind(number(request.mode))
      .run();
  return ReleaseId(database_.lastInsertRow());
}

ItemId ReleasesTable::add(const ReleaseItem& item) {
  Statement statement(
      database_,
      "INSERT INTO release_items (release, entry, account, list, unsubscribe_group, email, created_at, "
      "reason, "
      "status, ip, cause, text_key, domain, domain_group, advice, claims, failed_again_at, state, problem, "
      "http_status, calls, failures, due_at, begun_at, taken_at, settled_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const auto& shown = item.shown;
  statement.bind(number(item.release))
      .bind(number(shown.id))
      .bind(shown.account)
      .bind(name(shown.list))
      .bind(shown.entry.group)
      .bind(shown.entry.email)
      .bind(unixMilliseconds(shown.entry.created))
      .bind(shown.entry.reason)
      .bind(shown.entry.status)
      .bind(shown.entry.ip)
      .bind(causes::name(shown.causeClass))
      .bind(shown.textKey)
      .bind(shown.domain)
      .bind(shown.domainGroup)
      .bind(number(shown.advice))
      .bind(std::int64_t{item.claims});
  bindInstant(statement, item.failedAgain);
  bindProgress(statement, item.progress);
  statement.run();
  return ItemId(database_.lastInsertRow());
}

void ReleasesTable::put(const ReleaseRequest& request, std::optional<Date> day) {
  Statement statement(
      database_,
      "UPDATE releases SET state = ?, version = ?, decided_at = ?, decided_from = ?, extent = ?, motive = ?, "
      "memo = ?, released = ?, day = coalesce(?, day) WHERE id = ?");
  const auto& decision = request.decision;
  statement.bind(number(request.state)).bind(request.version);
  bindInstant(statement, decision.at);
  statement.bind(decision.from).bind(number(decision.extent));
  if (decision.motive)
    statement.bind(number(*decision.motive));
  else
    statement.bindNull();
  statement.bind(decision.memo).bind(number(decision.released));
  if (day)
    statement.bind(dayNumber(*day));
  else
    statement.bindNull();
  statement.bind(number(request.id)).run();
}

void ReleasesTable::put(const ReleaseItem& item) {
  Statement statement(
      database_,
      "UPDATE release_items SET asserted_by = ?, chosen = ?, claims = ?, state = ?, problem = ?, http_status "
      "= ?, "
      "calls = ?, failures = ?, due_at = ?, begun_at = ?, taken_at = ?, settled_at = ?, aftermath = ?, "
      "final = ?, after_at = ?, follow_due_at = ?, took = ? WHERE id = ?");
  statement.bind(item.assertedBy).bind(std::int64_t{item.chosen}).bind(std::int64_t{item.claims});
  bindProgress(statement, item.progress);
  statement.bind(number(item.after.aftermath)).bind(std::int64_t{item.after.final});
  bindInstant(statement, item.after.at);
  bindInstant(statement, item.followDue);
  if (item.after.took)
    statement.bind(item.after.took->count());
  else
    statement.bindNull();
  statement.bind(number(item.id)).run();
}

void ReleasesTable::remove(ItemId item) {
  Statement(database_, "DELETE FROM release_items WHERE id = ?").bind(number(item)).run();
}

std::size_t ReleasesTable::prune(Instant before, std::size_t max) {
  std::vector<std::int64_t> old;
  {
    Statement rows(
        database_,
        "SELECT id FROM releases WHERE created_at < ? AND state >= 3 AND NOT EXISTS (SELECT 1 FROM "
        "release_items WHERE release = releases.id AND (follow_due_at IS NOT NULL OR claims = 1)) "
        "ORDER BY id LIMIT ?");
    rows.bind(unixMilliseconds(before)).bind(number(max));
    while (rows.step()) old.push_back(rows.integer(0));
  }
  for (const auto id : old) {
    Statement(database_, "DELETE FROM release_items WHERE release = ?").bind(id).run();
    Statement(database_, "DELETE FROM releases WHERE id = ?").bind(id).run();
  }
  return old.size();
}

std::optional<ReleaseRequest> ReleasesTable::find(ReleaseId id) {
  Statement row(database_, select(kRequestColumns, "FROM releases WHERE id = ?"));
  row.bind(number(id));
  if (!row.step()) return std::nullopt;
  return requestAt(row);
}

std::vector<ReleaseItem> ReleasesTable::items(ReleaseId id) {
  Statement rows(database_, select(kItemColumns, "FROM release_items WHERE release = ? ORDER BY id"));
  rows.bind(number(id));
  return itemsOf(rows);
}

std::optional<ReleaseItem> ReleasesTable::item(ItemId id) {
  Statement row(database_, select(kItemColumns, "FROM release_items WHERE id = ?"));
  row.bind(number(id));
  if (!row.step()) return std::nullopt;
  return itemAt(row);
}

std::optional<Claim> ReleasesTable::claimOf(const ShownEntry& entry) {
  Statement row(
      database_,
      "SELECT releases.id, user, releases.created_at, releases.state FROM release_items JOIN releases ON "
      "releases.id = release WHERE claims = 1 AND account = ? AND list = ? AND unsubscribe_group = ? AND "
      "email = ?");
  row.bind(entry.account).bind(name(entry.list)).bind(entry.entry.group).bind(entry.entry.email);
  if (!row.step()) return std::nullopt;
  return Claim{ReleaseId(row.integer(0)), std::string(row.text(1)), fromUnixMilliseconds(row.integer(2)),
               enumerator(row.integer(3), ReleaseState::expired)};
}

std::size_t ReleasesTable::releasedOn(std::string_view user, Date day, Mode mode) {
  Statement row(database_,
                "SELECT coalesce(sum(released), 0) FROM releases WHERE user = ? AND day = ? AND mode = ?");
  row.bind(user).bind(dayNumber(day)).bind(number(mode));
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

std::vector<ReleaseRequest> ReleasesTable::drafts(std::string_view user) {
  Statement rows(database_, select(kRequestColumns,
                                   "FROM releases WHERE state = 0 AND (?1 = '' OR user = ?1) ORDER BY id"));
  rows.bind(user);
  return requestsOf(rows);
}

std::vector<ReleaseRequest> ReleasesTable::unfinished() {
  Statement rows(database_, select(kRequestColumns, "FROM releases WHERE state IN (1, 2) ORDER BY id"));
  return requestsOf(rows);
}

std::vector<ReleaseItem> ReleasesTable::due(Instant now, std::size_t max) {
  Statement rows(database_,
                 select(kItemColumns,
                        "FROM release_items WHERE claims = 1 AND chosen = 1 AND due_at <= ? ORDER BY "
                        "due_at, id LIMIT ?"));
  rows.bind(unixMilliseconds(now)).bind(number(max));
  return itemsOf(rows);
}

std::optional<Instant> ReleasesTable::nextDue() {
  Statement row(database_, "SELECT min(due_at) FROM release_items WHERE claims = 1 AND chosen = 1");
  if (!row.step()) return std::nullopt;
  return instantAt(row, 0);
}

std::vector<ReleaseItem> ReleasesTable::followDue(Instant now, std::size_t max) {
  Statement rows(
      database_,
      select(kItemColumns, "FROM release_items WHERE follow_due_at <= ? ORDER BY follow_due_at, id LIMIT ?"));
  rows.bind(unixMilliseconds(now)).bind(number(max));
  return itemsOf(rows);
}

std::optional<Instant> ReleasesTable::failedAgain(std::string_view account, std::string_view email) {
  Statement row(
      database_,
      "SELECT aftermath, after_at FROM release_items WHERE email = ? AND account = ? AND final = 1 AND "
      "aftermath IN (1, 2) ORDER BY id DESC LIMIT 1");
  row.bind(email).bind(account);
  if (!row.step() || row.integer(0) != number(Aftermath::bouncedAgain)) return std::nullopt;
  return instantAt(row, 1);
}

std::string ReleasesTable::conditionsOf(const ReleasedFilter& filter) {
  std::string conditions;
  if (filter.aftermath) conditions += " AND aftermath = ? AND release_items.state IN (3, 4)";
  if (filter.state) conditions += " AND release_items.state = ?";
  if (!filter.email.empty()) conditions += " AND email = ?";
  return conditions;
}

void ReleasesTable::bind(const ReleasedFilter& filter, Statement& statement) {
  if (filter.aftermath) statement.bind(number(*filter.aftermath));
  if (filter.state) statement.bind(number(*filter.state));
  if (!filter.email.empty()) statement.bind(filter.email);
}

std::size_t ReleasesTable::count(const ReleasedFilter& filter) {
  Statement row(database_, "SELECT count(*) FROM release_items WHERE chosen = 1" + conditionsOf(filter));
  bind(filter, row);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

std::vector<ReleasedItem> ReleasesTable::released(const ReleasedFilter& filter) {
  std::string where = "FROM release_items JOIN releases ON releases.id = release WHERE chosen = 1";
  where += conditionsOf(filter);
  if (filter.before) where += " AND release_items.id < ?";
  where += " ORDER BY release_items.id DESC LIMIT ?";
  Statement rows(database_, select(std::string(kRequestColumns) + ", " + std::string(kItemColumns), where));
  bind(filter, rows);
  if (filter.before) rows.bind(number(*filter.before));
  rows.bind(number(filter.max));
  std::vector<ReleasedItem> found;
  while (rows.step()) found.push_back({itemAt(rows, kRequestWidth), requestAt(rows)});
  return found;
}

void ReleasesTable::shift(Duration step) {
  for (const char* sql :
       {"UPDATE releases SET created_at = created_at + ? WHERE state = 0",
        "UPDATE release_items SET due_at = due_at + ?1, begun_at = begun_at + ?1, taken_at = "
        "taken_at + ?1 WHERE claims = 1",
        "UPDATE release_items SET follow_due_at = follow_due_at + ?1, taken_at = taken_at + ?1, "
        "settled_at = settled_at + ?1 WHERE follow_due_at IS NOT NULL"})
    Statement(database_, sql).bind(storedSpan(step)).run();
}

std::map<Aftermath, std::size_t> ReleasesTable::aftermaths(Instant since) {
  Statement rows(database_,
                 "SELECT aftermath, count(*) FROM release_items WHERE chosen = 1 AND state IN (3, 4) AND "
                 "settled_at >= ? GROUP BY aftermath");
  rows.bind(unixMilliseconds(since));
  std::map<Aftermath, std::size_t> counts;
  while (rows.step())
    counts[enumerator(rows.integer(0), Aftermath::unknown)] = static_cast<std::size_t>(rows.integer(1));
  return counts;
}

}  // namespace arrivald::store
