#include "store/events_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/blobs.hpp"

namespace arrivald::store {
namespace {

std::span<const std::byte> asBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string textOf(std::span<const std::byte> bytes) {
  return bytes.empty() ? std::string()
                       : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// The stored layout: for each event the address's key, then the message's.
constexpr std::size_t kFinderBytes = 8;

constexpr std::string_view kBatches = "event_batches";
constexpr std::string_view kMalformed = "malformed_events";

std::string bytesOf(const std::vector<EventFinder>& finders) {
  std::string bytes(finders.size() * kFinderBytes, '\0');
  char* to = bytes.data();
  for (const auto& finder : finders) {
    putLittleEndian(to, finder.address);
    putLittleEndian(to, finder.message);
  }
  return bytes;
}

// The time of receipt by the clock as it is set now; `rows` is the table's name or alias.
std::string receivedAt(std::string_view table, std::string_view rows) {
  return fmt::format(
      "({1}.received_at + (SELECT coalesce(sum(step), 0) FROM event_clock_steps WHERE rows_of = '{0}' AND "
      "last_id >= {1}.id))",
      table, rows);
}

EventBatchRow batchOf(const Statement& row) {
  EventBatchRow batch;
  batch.id = row.integer(0);
  batch.account = row.text(1);
  batch.received = fromUnixMilliseconds(row.integer(2));
  batch.oldest = fromUnixMilliseconds(row.integer(3));
  batch.newest = fromUnixMilliseconds(row.integer(4));
  batch.events = row.integer(5);
  return batch;
}

}  // namespace

std::int64_t EventsTable::add(const EventBatchRow& batch, const std::vector<EventFinder>& finders) {
  const auto keys = bytesOf(finders);
  Statement(database_,
            "INSERT INTO event_batches (account, received_at, oldest_event_at, newest_event_at, events, "
            "bytes, finders) VALUES "
            "(?, ?, ?, ?, ?, ?, ?)")
      .bind(batch.account)
      .bind(unixMilliseconds(batch.received))
      .bind(unixMilliseconds(batch.oldest))
      .bind(unixMilliseconds(batch.newest))
      .bind(batch.events)
      .bind(static_cast<std::int64_t>(batch.records.size() + keys.size()))
      .bindBlob(asBytes(keys))
      .run();
  const auto id = database_.lastInsertRow();
  Statement(database_, "INSERT INTO event_records (id, records) VALUES (?, ?)")
      .bind(id)
      .bindBlob(asBytes(batch.records))
      .run();
  return id;
}

std::int64_t EventsTable::last() const {
  Statement row(database_, "SELECT coalesce(max(id), 0) FROM event_batches");
  row.step();
  return row.integer(0);
}

void EventsTable::count(std::string_view account, std::string_view kind, std::int64_t events) {
  Statement(database_,
            "INSERT INTO event_totals (account, kind, events) VALUES (?, ?, ?) "
            "ON CONFLICT (account, kind) DO UPDATE SET events = events + excluded.events")
      .bind(account)
      .bind(kind)
      .bind(events)
      .run();
}

std::vector<EventsTable::Total> EventsTable::totals() const {
  std::vector<Total> all;
  Statement rows(database_, "SELECT account, kind, events FROM event_totals ORDER BY account, kind");
  while (rows.step()) all.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2)});
  return all;
}

void EventsTable::addMalformed(const MalformedEvent& malformed) {
  Statement(database_, "INSERT INTO malformed_events (account, received_at, reason, raw) VALUES (?, ?, ?, ?)")
      .bind(malformed.account)
      .bind(unixMilliseconds(malformed.received))
      .bind(malformed.why)
      .bindBlob(
          std::as_bytes(std::span(malformed.raw.data(), std::min(malformed.raw.size(), kMaxMalformedBytes))))
      .run();
}

void EventsTable::limitMalformed() {
  Statement(
      database_,
      "DELETE FROM malformed_events WHERE id <= (SELECT max(id) FROM (SELECT id, row_number() OVER newest "
      "AS place, sum(length(raw)) OVER newest AS bytes FROM malformed_events WINDOW newest AS (ORDER BY "
      "id DESC)) WHERE place > ?1 OR bytes > ?2)")
      .bind(kMaxMalformed)
      .bind(kMaxAllMalformedBytes)
      .run();
}

std::vector<MalformedEvent> EventsTable::latestMalformed(std::size_t max) const {
  std::vector<MalformedEvent> all;
  Statement rows(database_, fmt::format("SELECT account, {}, reason, substr(raw, 1, ?) FROM "
                                        "malformed_events ORDER BY id DESC LIMIT ?",
                                        receivedAt(kMalformed, kMalformed)));
  rows.bind(kMaxShownBytes).bind(static_cast<std::int64_t>(max));
  while (rows.step()) {
    const auto raw = rows.blob(3);
    all.push_back(
        {std::string(rows.text(0)), fromUnixMilliseconds(rows.integer(1)), std::string(rows.text(2)),
         raw.empty() ? std::string() : std::string(reinterpret_cast<const char*>(raw.data()), raw.size())});
  }
  return all;
}

std::vector<std::pair<std::string, Instant>> EventsTable::malformedSince(Instant since) const {
  std::vector<std::pair<std::string, Instant>> all;
  Statement rows(database_, fmt::format("SELECT account, {0} AS at FROM malformed_events WHERE at >= ? "
                                        "ORDER BY at",
                                        receivedAt(kMalformed, kMalformed)));
  rows.bind(unixMilliseconds(since));
  while (rows.step()) all.emplace_back(rows.text(0), fromUnixMilliseconds(rows.integer(1)));
  return all;
}

void EventsTable::each(Instant since, const std::function<bool(const EventBatchRow&)>& take) const {
  // This runs only at start, so an index would not be worth its writes.
  Statement rows(database_, fmt::format("SELECT b.id, account, {} AS received, oldest_event_at, "
                                        "newest_event_at, events, records FROM event_batches b JOIN "
                                        "event_records r ON r.id = b.id WHERE received >= ? ORDER BY b.id",
                                        receivedAt(kBatches, "b")));
  rows.bind(unixMilliseconds(since));
  while (rows.step()) {
    auto batch = batchOf(rows);
    batch.records = textOf(rows.blob(6));
    if (!take(batch)) return;
  }
}

void EventsTable::find(const Asked& asked, const std::function<bool(const EventBatchRow&)>& take) const {
  const auto holds = [&](std::span<const std::byte> keys) {
    if (!asked.address && asked.messages.empty() && asked.addresses.empty()) return true;
    const char* at = reinterpret_cast<const char*>(keys.data());
    for (auto left = keys.size() / kFinderBytes; left > 0; --left) {
      const auto address = takeLittleEndian<std::uint32_t>(at);
      const auto message = takeLittleEndian<std::uint32_t>(at);
      if (address == asked.address || std::ranges::find(asked.messages, message) != asked.messages.end() ||
          std::ranges::binary_search(asked.addresses, address))
        return true;
    }
    return false;
  };
  Statement rows(database_,
                 fmt::format("SELECT id, account, {}, oldest_event_at, newest_event_at, events, finders FROM "
                             "event_batches WHERE newest_event_at >= ? AND oldest_event_at <= ? AND (? = '' "
                             "OR account = ?) ORDER BY id DESC",
                             receivedAt(kBatches, kBatches)));
  rows.bind(asked.from ? unixMilliseconds(*asked.from) : INT64_MIN)
      .bind(asked.to ? unixMilliseconds(*asked.to) : INT64_MAX)
      .bind(asked.account)
      .bind(asked.account);
  for (auto left = asked.maxEvents; left > 0 && rows.step();) {
    const auto keys = rows.blob(6);
    left -= static_cast<std::int64_t>(keys.size() / kFinderBytes);
    if (!holds(keys)) continue;
    auto batch = batchOf(rows);
    Statement records(database_, "SELECT records FROM event_records WHERE id = ?");
    records.bind(batch.id);
    if (!records.step()) continue;
    batch.records = textOf(records.blob(0));
    if (!take(batch)) return;
  }
}

std::optional<Instant> EventsTable::oldestReceived(std::string_view account) const {
  Statement row(
      database_,
      fmt::format("SELECT {} FROM event_batches WHERE account = ? ORDER BY event_batches.id LIMIT 1",
                  receivedAt(kBatches, kBatches)));
  row.bind(account);
  if (!row.step()) return std::nullopt;
  return fromUnixMilliseconds(row.integer(0));
}

EventsTable::Size EventsTable::size() const {
  Statement row(database_,
                "SELECT coalesce(sum(events), 0), coalesce(sum(bytes), 0) + (SELECT "
                "coalesce(sum(length(keys)), 0) FROM event_keys) FROM event_batches");
  row.step();
  return {row.integer(0), row.integer(1)};
}

void EventsTable::keepKeys(std::int64_t id, Size& size, const KeysOf& keysOf) {
  std::string keys;
  {
    Statement row(database_, "SELECT records FROM event_records WHERE id = ?");
    row.bind(id);
    if (row.step()) keys = keysOf(textOf(row.blob(0)));
  }
  size.bytes += static_cast<std::int64_t>(keys.size());
  Statement(database_,
            "INSERT INTO event_keys (id, account, received_at, keys) SELECT id, account, received_at, ? FROM "
            "event_batches WHERE id = ?")
      .bindBlob(asBytes(keys))
      .bind(id)
      .run();
}

bool EventsTable::prune(const Bounds& bounds, std::int64_t max, Size& size, const KeysOf& keysOf) {
  struct Batch {
    std::int64_t id = 0, events = 0, bytes = 0;
    Instant received{};
  };
  std::vector<Batch> oldest;
  {
    Statement rows(database_,
                   fmt::format("SELECT id, events, bytes, {} FROM event_batches ORDER BY id LIMIT ?",
                               receivedAt(kBatches, kBatches)));
    rows.bind(max);
    while (rows.step())
      oldest.push_back(
          {rows.integer(0), rows.integer(1), rows.integer(2), fromUnixMilliseconds(rows.integer(3))});
  }
  std::int64_t removed = 0;
  for (const auto& batch : oldest) {
    if (batch.received >= bounds.before && size.bytes <= bounds.bytes) break;
    if (batch.received >= bounds.repeatedFrom) keepKeys(batch.id, size, keysOf);
    Statement(database_, "DELETE FROM event_batches WHERE id = ?").bind(batch.id).run();
    Statement(database_, "DELETE FROM event_records WHERE id = ?").bind(batch.id).run();
    size.events -= batch.events;
    size.bytes -= batch.bytes;
    ++removed;
  }
  if (removed == max) return true;
  return pruneKeys(bounds, max, size);
}

bool EventsTable::pruneKeys(const Bounds& bounds, std::int64_t max, Size& size) {
  std::vector<std::int64_t> removed;
  {
    Statement rows(database_, fmt::format("SELECT id, length(keys), {} FROM event_keys ORDER BY id LIMIT ?",
                                          receivedAt(kBatches, "event_keys")));
    rows.bind(max);
    while (rows.step()) {
      const bool old = rows.integer(2) < unixMilliseconds(bounds.repeatedFrom);
      if (!old && size.bytes <= bounds.bytes) break;
      removed.push_back(rows.integer(0));
      size.bytes -= rows.integer(1);
    }
  }
  for (const auto id : removed) Statement(database_, "DELETE FROM event_keys WHERE id = ?").bind(id).run();
  Statement(database_,
            "DELETE FROM event_clock_steps WHERE rows_of = ?1 AND NOT EXISTS (SELECT 1 FROM event_batches "
            "WHERE id <= last_id) AND NOT EXISTS (SELECT 1 FROM event_keys WHERE id <= last_id)")
      .bind(kBatches)
      .run();
  return static_cast<std::int64_t>(removed.size()) == max;
}

void EventsTable::eachKeys(Instant since, const std::function<void(const Keys&)>& take) const {
  Statement rows(database_, fmt::format("SELECT account, {} AS received, keys FROM event_keys WHERE received "
                                        ">= ? ORDER BY id",
                                        receivedAt(kBatches, "event_keys")));
  rows.bind(unixMilliseconds(since));
  while (rows.step()) {
    const auto keys = rows.blob(2);
    take({std::string(rows.text(0)),
          fromUnixMilliseconds(rows.integer(1)),
          {reinterpret_cast<const char*>(keys.data()), keys.size()}});
  }
}

void EventsTable::shift(Duration step) {
  for (const auto table : {kBatches, kMalformed})
    Statement(database_, fmt::format("INSERT INTO event_clock_steps (rows_of, last_id, step) SELECT ?, id, ? "
                                     "FROM {} WHERE true ORDER BY id DESC LIMIT 1 ON CONFLICT (rows_of, "
                                     "last_id) DO UPDATE SET step = step + excluded.step",
                                     table))
        .bind(table)
        .bind(storedSpan(step))
        .run();
}

}  // namespace arrivald::store
