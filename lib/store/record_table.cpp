#include "store/record_table.hpp"

#include <openssl/evp.h>

#include <array>

namespace arrivald::store {
namespace {

constexpr std::string_view kColumns =
    "id, at, user, role, origin, action, account, list, address, entry, advice, cause, asserted, motive, "
    "memo, "
    "outcome, release";
constexpr int kPreviousColumn = 17;
constexpr int kHashColumn = 18;

using Hash = std::array<std::byte, 32>;

// Each field with its length before it, so that no two rows have the same text.
std::string serialized(const RecordRow& row) {
  std::string text;
  const auto add = [&](std::string_view field) {
    text.append(std::to_string(field.size())).append(":").append(field);
  };
  add(std::to_string(row.id));
  add(std::to_string(unixMilliseconds(row.at)));
  for (const auto* field :
       {&row.user, &row.role, &row.origin, &row.action, &row.account, &row.list, &row.address, &row.entry,
        &row.advice, &row.cause, &row.asserted, &row.motive, &row.memo, &row.outcome})
    add(*field);
  add(std::to_string(row.release));
  return text;
}

Hash hashOf(const Hash& previous, const RecordRow& row) {
  std::string text(reinterpret_cast<const char*>(previous.data()), previous.size());
  text += serialized(row);
  Hash hash{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), &size, EVP_sha256(),
                 nullptr) != 1 ||
      size != hash.size())
    throw SqlError("SHA-256 is not available");
  return hash;
}

std::optional<Hash> hashAt(const Statement& row, int column) {
  const auto bytes = row.blob(column);
  Hash hash{};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

RecordRow rowAt(const Statement& row) {
  RecordRow found;
  found.id = row.integer(0);
  found.at = fromUnixMilliseconds(row.integer(1));
  int column = 2;
  for (auto* field : {&found.user, &found.role, &found.origin, &found.action, &found.account, &found.list,
                      &found.address, &found.entry, &found.advice, &found.cause, &found.asserted,
                      &found.motive, &found.memo, &found.outcome})
    *field = row.text(column++);
  found.release = row.integer(column);
  return found;
}

std::string hexOf(const Hash& hash) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : hash) {
    hex += kDigits[std::to_integer<unsigned>(byte) >> 4];
    hex += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return hex;
}

}  // namespace

struct RecordTable::Anchor {
  std::int64_t last = 0;  // the row before the first one
  Hash hash{};            // of it; zeros before the very first
};

RecordTable::Anchor RecordTable::anchor() {
  Statement row(database_, "SELECT last, hash FROM record_anchor");
  if (!row.step()) throw SqlError("the anchor of the record is missing", Error::Kind::damaged);
  const auto hash = hashAt(row, 1);
  if (!hash) throw SqlError("the anchor of the record is damaged", Error::Kind::damaged);
  return {row.integer(0), *hash};
}

std::int64_t RecordTable::append(const RecordRow& row) {
  auto added = row;
  const auto begin = anchor();
  added.id = begin.last + 1;
  Hash previous = begin.hash;
  {
    Statement last(database_, "SELECT id, hash FROM record ORDER BY id DESC LIMIT 1");
    if (last.step()) {
      added.id = last.integer(0) + 1;
      const auto hash = hashAt(last, 1);
      if (!hash) throw SqlError("the last row of the record is damaged", Error::Kind::damaged);
      previous = *hash;
    }
  }
  const auto hash = hashOf(previous, added);
  Statement statement(
      database_, std::string("INSERT INTO record (") + std::string(kColumns) +
                     ", previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind(added.id).bind(unixMilliseconds(added.at));
  for (const auto* field : {&added.user, &added.role, &added.origin, &added.action, &added.account,
                            &added.list, &added.address, &added.entry, &added.advice, &added.cause,
                            &added.asserted, &added.motive, &added.memo, &added.outcome})
    statement.bind(*field);
  statement.bind(added.release).bindBlob(previous).bindBlob(hash).run();
  return added.id;
}

std::string RecordTable::conditionsOf(const RecordFilter& filter) {
  std::string sql;
  if (!filter.user.empty()) sql += " AND user = ?";
  for (std::size_t i = 0; i < filter.addresses.size(); ++i)
    sql += i == 0 ? " AND address <> '' AND address IN (?" : ", ?";
  if (!filter.addresses.empty()) sql += ")";
  if (!filter.action.empty()) sql += " AND action = ?";
  if (filter.from) sql += " AND at >= ?";
  if (filter.to) sql += " AND at < ?";
  return sql;
}

void RecordTable::bind(const RecordFilter& filter, Statement& statement) {
  if (!filter.user.empty()) statement.bind(filter.user);
  for (const auto& address : filter.addresses) statement.bind(address);
  if (!filter.action.empty()) statement.bind(filter.action);
  for (const auto& at : {filter.from, filter.to})
    if (at) statement.bind(unixMilliseconds(*at));
}

std::vector<RecordRow> RecordTable::find(const RecordFilter& filter) {
  auto sql = "SELECT " + std::string(kColumns) + " FROM record WHERE 1" + conditionsOf(filter);
  if (filter.before) sql += " AND id < ?";
  Statement rows(database_, sql + " ORDER BY id DESC LIMIT ?");
  bind(filter, rows);
  if (filter.before) rows.bind(*filter.before);
  rows.bind(static_cast<std::int64_t>(filter.max));
  std::vector<RecordRow> found;
  while (rows.step()) found.push_back(rowAt(rows));
  return found;
}

std::int64_t RecordTable::count(const RecordFilter& filter) {
  Statement row(database_, "SELECT count(*) FROM record WHERE 1" + conditionsOf(filter));
  bind(filter, row);
  return row.step() ? row.integer(0) : 0;
}

std::size_t RecordTable::prune(Instant before, std::size_t max) {
  Anchor last;
  std::size_t old = 0;
  {
    Statement rows(database_, "SELECT id, at, hash FROM record ORDER BY id LIMIT ?");
    rows.bind(static_cast<std::int64_t>(max));
    while (rows.step() && fromUnixMilliseconds(rows.integer(1)) < before) {
      const auto hash = hashAt(rows, 2);
      if (!hash) throw SqlError("a row of the record is damaged", Error::Kind::damaged);
      last = {rows.integer(0), *hash};
      ++old;
    }
  }
  if (old == 0) return 0;
  Statement(database_, "UPDATE record_anchor SET last = ?, hash = ?")
      .bind(last.last)
      .bindBlob(last.hash)
      .run();
  Statement(database_, "DELETE FROM record WHERE id <= ?").bind(last.last).run();
  return old;
}

RecordCheck RecordTable::check() {
  RecordCheck check;
  const auto begin = anchor();
  check.prunedTo = begin.last;
  Hash previous = begin.hash;
  Statement rows(database_, "SELECT " + std::string(kColumns) + ", previous, hash FROM record ORDER BY id");
  while (rows.step()) {
    const auto row = rowAt(rows);
    const bool sound = row.id == begin.last + ++check.rows && hashAt(rows, kPreviousColumn) == previous &&
                       hashAt(rows, kHashColumn) == hashOf(previous, row);
    if (!sound) {
      if (!check.firstBroken) check.firstBroken = row.id;
    }
    previous = hashAt(rows, kHashColumn).value_or(Hash{});
  }
  check.head = hexOf(previous);
  return check;
}

}  // namespace arrivald::store
