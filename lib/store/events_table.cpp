#include "store/events_table.hpp"

#include <algorithm>

namespace arrivald::store {
namespace {

std::int64_t asRow(std::uint64_t key) { return static_cast<std::int64_t>(key); }

constexpr const char* kColumns =
    "account, at, received, kind, id_key, content_key, message_key, email_key, message_id, email, domain, "
    "reason, status";

StoredEvent eventOf(const Statement& row) {
  StoredEvent event;
  event.account = row.text(0);
  event.at = fromUnixMilliseconds(row.integer(1));
  event.received = fromUnixMilliseconds(row.integer(2));
  event.kind = row.text(3);
  event.idKey = static_cast<std::uint64_t>(row.integer(4));
  event.contentKey = static_cast<std::uint64_t>(row.integer(5));
  event.messageKey = static_cast<std::uint64_t>(row.integer(6));
  event.emailKey = static_cast<std::uint64_t>(row.integer(7));
  event.messageId = row.text(8);
  event.email = row.text(9);
  event.domain = row.text(10);
  event.reason = row.text(11);
  event.status = row.text(12);
  return event;
}

}  // namespace

void EventsTable::add(const StoredEvent& event) {
  Statement(database_,
            "INSERT INTO events (account, at, received, kind, id_key, content_key, message_key, email_key, "
            "message_id, email, domain, reason, "
            "status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(event.account)
      .bind(unixMilliseconds(event.at))
      .bind(unixMilliseconds(event.received))
      .bind(event.kind)
      .bind(asRow(event.idKey))
      .bind(asRow(event.contentKey))
      .bind(asRow(event.messageKey))
      .bind(asRow(event.emailKey))
      .bind(event.messageId)
      .bind(event.email)
      .bind(event.domain)
      .bind(event.reason)
      .bind(event.status)
      .run();
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

std::vector<EventsTable::Total> EventsTable::totals() {
  std::vector<Total> all;
  Statement rows(database_, "SELECT account, kind, events FROM event_totals ORDER BY account, kind");
  while (rows.step()) all.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2)});
  return all;
}

void EventsTable::addOdd(const OddStoredEvent& odd) {
  Statement(database_, "INSERT INTO odd_events (account, received, why, raw) VALUES (?, ?, ?, ?)")
      .bind(odd.account)
      .bind(unixMilliseconds(odd.received))
      .bind(odd.why)
      .bindBlob(std::as_bytes(std::span(odd.raw.data(), std::min(odd.raw.size(), kMostOddBytes))))
      .run();
  Statement(database_, "DELETE FROM odd_events WHERE id <= (SELECT max(id) FROM odd_events) - ?")
      .bind(kMostOdd)
      .run();
}

std::vector<OddStoredEvent> EventsTable::latestOdd(std::size_t most) {
  std::vector<OddStoredEvent> all;
  Statement rows(database_, "SELECT account, received, why, raw FROM odd_events ORDER BY id DESC LIMIT ?");
  rows.bind(static_cast<std::int64_t>(most));
  while (rows.step()) {
    const auto raw = rows.blob(3);
    all.push_back(
        {std::string(rows.text(0)), fromUnixMilliseconds(rows.integer(1)), std::string(rows.text(2)),
         raw.empty() ? std::string() : std::string(reinterpret_cast<const char*>(raw.data()), raw.size())});
  }
  return all;
}

void EventsTable::each(Instant since, const std::function<void(const StoredEvent&)>& take) {
  // Rows are in the order of their coming but for a clock that was set; no index is worth its writes for one
  // walk.
  Statement rows(database_,
                 std::string("SELECT ") + kColumns + " FROM events WHERE received >= ? ORDER BY id");
  rows.bind(unixMilliseconds(since));
  while (rows.step()) take(eventOf(rows));
}

std::vector<StoredEvent> EventsTable::ofAddress(std::uint64_t emailKey, std::size_t most) {
  std::vector<StoredEvent> all;
  Statement rows(database_, std::string("SELECT ") + kColumns +
                                " FROM events WHERE email_key = ? ORDER BY at, id LIMIT ?");
  rows.bind(asRow(emailKey)).bind(static_cast<std::int64_t>(most));
  while (rows.step()) all.push_back(eventOf(rows));
  return all;
}

std::vector<StoredEvent> EventsTable::ofMessage(std::string_view messageId, std::size_t most) {
  std::vector<StoredEvent> all;
  Statement rows(database_,
                 std::string("SELECT ") + kColumns +
                     " FROM events WHERE message_id = ? AND message_id <> '' ORDER BY at, id LIMIT ?");
  rows.bind(messageId).bind(static_cast<std::int64_t>(most));
  while (rows.step()) all.push_back(eventOf(rows));
  return all;
}

bool EventsTable::prune(Instant before, std::int64_t keep, std::int64_t most) {
  Statement(database_,
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received < ? OR id <= (SELECT "
            "max(id) FROM events) - ? "
            "ORDER BY id LIMIT ?)")
      .bind(unixMilliseconds(before))
      .bind(keep)
      .bind(most)
      .run();
  return database_.changes() >= most;
}

}  // namespace arrivald::store
