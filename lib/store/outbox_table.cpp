#include "store/outbox_table.hpp"

namespace arrivald::store {
namespace {

QueuedNotification notificationFrom(const Statement& row) {
  return {row.integer(0),
          std::string(row.text(1)),
          std::string(row.text(2)),
          std::string(row.text(3)),
          fromUnixMilliseconds(row.integer(4)),
          static_cast<int>(row.integer(5)),
          fromUnixMilliseconds(row.integer(6)),
          std::string(row.text(7))};
}

}  // namespace

bool OutboxTable::put(const QueuedNotification& notification) {
  Statement(
      database_,
      "INSERT OR IGNORE INTO outbox (change, channel, message, created, next_attempt) VALUES (?, ?, ?, ?, ?)")
      .bind(notification.change)
      .bind(notification.channel)
      .bind(notification.message)
      .bind(unixMilliseconds(notification.created))
      .bind(unixMilliseconds(notification.nextAttempt))
      .run();
  return database_.changes() > 0;
}

std::vector<QueuedNotification> OutboxTable::waiting(std::string_view channel, std::size_t max) {
  std::vector<QueuedNotification> notifications;
  Statement rows(database_,
                 "SELECT id, change, channel, message, created, attempts, next_attempt, outcome FROM outbox "
                 "WHERE state = 'waiting' AND channel = ? ORDER BY id LIMIT ?");
  rows.bind(channel).bind(static_cast<std::int64_t>(max));
  while (rows.step()) notifications.push_back(notificationFrom(rows));
  return notifications;
}

void OutboxTable::delivered(std::int64_t id, Instant at, std::string_view outcome) {
  Statement(database_,
            "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, finished = ?, outcome = ? WHERE "
            "id = ?")
      .bind(unixMilliseconds(at))
      .bind(outcome)
      .bind(id)
      .run();
}

void OutboxTable::tryAgain(std::int64_t id, Instant nextAttempt, std::string_view outcome) {
  Statement(database_,
            "UPDATE outbox SET attempts = attempts + 1, next_attempt = ?, outcome = ? WHERE id = ?")
      .bind(unixMilliseconds(nextAttempt))
      .bind(outcome)
      .bind(id)
      .run();
}

void OutboxTable::undeliverable(std::int64_t id, Instant at, std::string_view outcome) {
  Statement(database_,
            "UPDATE outbox SET state = 'undeliverable', attempts = attempts + 1, finished = ?, outcome = ? "
            "WHERE id = ?")
      .bind(unixMilliseconds(at))
      .bind(outcome)
      .bind(id)
      .run();
}

std::int64_t OutboxTable::retryUndeliverable(std::string_view channel, Instant now) {
  Statement(database_,
            "UPDATE outbox SET state = 'waiting', next_attempt = ?, finished = NULL WHERE state = "
            "'undeliverable' AND channel = ?")
      .bind(unixMilliseconds(now))
      .bind(channel)
      .run();
  return database_.changes();
}

OutboxTable::Depth OutboxTable::depth() {
  Depth depth;
  Statement rows(
      database_,
      "SELECT state, count(*), min(created) FROM outbox WHERE state != 'delivered' GROUP BY state");
  while (rows.step()) {
    if (rows.text(0) == "waiting") {
      depth.waiting = rows.integer(1);
      depth.oldest = fromUnixMilliseconds(rows.integer(2));
    } else {
      depth.undeliverable = rows.integer(1);
    }
  }
  return depth;
}

std::vector<QueuedNotification> OutboxTable::undeliverable(std::size_t max) {
  std::vector<QueuedNotification> notifications;
  Statement rows(database_,
                 "SELECT id, change, channel, message, created, attempts, next_attempt, outcome FROM outbox "
                 "WHERE state = 'undeliverable' ORDER BY id DESC LIMIT ?");
  rows.bind(static_cast<std::int64_t>(max));
  while (rows.step()) notifications.push_back(notificationFrom(rows));
  return notifications;
}

void OutboxTable::prune(Instant now, Duration keep) {
  Statement(database_, "DELETE FROM outbox WHERE state = 'delivered' AND finished < ?")
      .bind(unixMilliseconds(now - keep))
      .run();
  Statement(database_, "DELETE FROM outbox WHERE state = 'undeliverable' AND finished < ?")
      .bind(unixMilliseconds(now - 3 * keep))
      .run();
}

void OutboxTable::shift(Duration step) {
  Statement(
      database_,
      "UPDATE outbox SET created = created + ?1, next_attempt = next_attempt + ?1 WHERE state = 'waiting'")
      .bind(step.count())
      .run();
}

}  // namespace arrivald::store
