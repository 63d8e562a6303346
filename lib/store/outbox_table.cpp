#include "store/outbox_table.hpp"

namespace arrivald::store {
namespace {

QueuedNotification notificationFrom(const Statement& row) {
  return {row.integer(0),
          std::string(row.text(1)),
          std::string(row.text(2)),
          std::string(row.text(3)),
          fromUnixMilliseconds(row.integer(4)),
          fromUnixMilliseconds(row.integer(5)),
          static_cast<int>(row.integer(6)),
          fromUnixMilliseconds(row.integer(7)),
          std::string(row.text(8))};
}

// Selects the columns in the order that notificationFrom() expects.
std::string selectWhere(std::string_view condition) {
  return std::string(
             "SELECT id, change, channel, notification, created, trying_since, attempts, next_attempt, "
             "outcome "
             "FROM outbox WHERE ")
      .append(condition);
}

}  // namespace

bool OutboxTable::put(std::string_view change, std::string_view channel, std::string_view notification,
                      Instant now) {
  return put(change, channel, notification, now, now);
}

bool OutboxTable::put(std::string_view change, std::string_view channel, std::string_view notification,
                      Instant created, Instant now) {
  Statement(
      database_,
      "INSERT OR IGNORE INTO outbox (change, channel, notification, created, trying_since, next_attempt) "
      "VALUES (?, ?, ?, ?, ?, ?)")
      .bind(change)
      .bind(channel)
      .bind(notification)
      .bind(unixMilliseconds(created))
      .bind(unixMilliseconds(now))
      .bind(unixMilliseconds(now))
      .run();
  return database_.changes() > 0;
}

std::vector<QueuedNotification> OutboxTable::waiting(std::string_view channel, std::size_t max) {
  std::vector<QueuedNotification> notifications;
  Statement rows(database_, selectWhere("state = 'waiting' AND channel = ? ORDER BY id LIMIT ?"));
  rows.bind(channel).bind(static_cast<std::int64_t>(max));
  while (rows.step()) notifications.push_back(notificationFrom(rows));
  return notifications;
}

std::optional<std::int64_t> OutboxTable::find(std::string_view change, std::string_view channel) {
  Statement row(database_, "SELECT id FROM outbox WHERE change = ? AND channel = ?");
  row.bind(change).bind(channel);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
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

void OutboxTable::closeOne(std::int64_t id, Instant at, std::string_view outcome) {
  Statement(database_, "UPDATE outbox SET state = 'closed', finished = ?, outcome = ? WHERE id = ?")
      .bind(unixMilliseconds(at))
      .bind(outcome)
      .bind(id)
      .run();
}

std::optional<QueuedNotification> OutboxTable::leastTried(std::string_view channel) {
  Statement rows(database_,
                 selectWhere("state = 'undeliverable' AND channel = ? ORDER BY attempts, id LIMIT 1"));
  rows.bind(channel);
  if (!rows.step()) return std::nullopt;
  return notificationFrom(rows);
}

void OutboxTable::triedInVain(std::int64_t id, std::string_view outcome) {
  Statement(database_, "UPDATE outbox SET attempts = attempts + 1, outcome = ? WHERE id = ?")
      .bind(outcome)
      .bind(id)
      .run();
}

std::int64_t OutboxTable::retry(std::string_view channel, Instant now) {
  Statement(database_,
            "UPDATE outbox SET state = 'waiting', trying_since = ?1, next_attempt = ?1, attempts = 0, "
            "finished = NULL, retried = 0 WHERE state = 'undeliverable' AND channel = ?2")
      .bind(unixMilliseconds(now))
      .bind(channel)
      .run();
  return database_.changes();
}

std::int64_t OutboxTable::retryOnce(std::string_view channel, Instant now) {
  Statement(database_,
            "UPDATE outbox SET state = 'waiting', trying_since = ?1, next_attempt = ?1, attempts = 0, "
            "finished = NULL, retried = 1 WHERE state = 'undeliverable' AND channel = ?2 AND retried = 0")
      .bind(unixMilliseconds(now))
      .bind(channel)
      .run();
  return database_.changes();
}

std::vector<std::string> OutboxTable::channels() {
  std::vector<std::string> channels;
  Statement rows(
      database_,
      "SELECT DISTINCT channel FROM outbox WHERE state IN ('waiting', 'undeliverable') ORDER BY 1");
  while (rows.step()) channels.emplace_back(rows.text(0));
  return channels;
}

OutboxTable::Closed OutboxTable::close(std::string_view channel, Instant at, std::string_view outcome) {
  const auto closeAll = [&](std::string_view state) {
    Statement(database_,
              "UPDATE outbox SET state = 'closed', finished = ?, outcome = ? WHERE state = ? AND channel = ?")
        .bind(unixMilliseconds(at))
        .bind(outcome)
        .bind(state)
        .bind(channel)
        .run();
    return database_.changes();
  };
  Closed closed;
  closed.waiting = closeAll("waiting");
  closed.undeliverable = closeAll("undeliverable");
  return closed;
}

OutboxTable::Depth OutboxTable::depth() const {
  Depth depth;
  Statement rows(database_,
                 "SELECT state, count(*), min(created) FROM outbox WHERE state IN ('waiting', "
                 "'undeliverable') GROUP BY state");
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

std::vector<QueuedNotification> OutboxTable::undeliverable(std::size_t max) const {
  std::vector<QueuedNotification> notifications;
  Statement rows(database_, selectWhere("state = 'undeliverable' ORDER BY id DESC LIMIT ?"));
  rows.bind(static_cast<std::int64_t>(max));
  while (rows.step()) notifications.push_back(notificationFrom(rows));
  return notifications;
}

std::vector<OutboxTable::Stage> OutboxTable::stages(std::string_view prefix, std::string_view channel,
                                                    std::size_t max) const {
  std::vector<Stage> stages;
  Statement rows(database_,
                 "SELECT id, change, channel, notification, created, trying_since, attempts, next_attempt, "
                 "outcome, state FROM outbox WHERE change >= ? AND change < ? AND channel = ? "
                 "ORDER BY id DESC LIMIT ?");
  const std::string end = std::string(prefix) + "\x7f";
  rows.bind(prefix).bind(end).bind(channel).bind(static_cast<std::int64_t>(max));
  while (rows.step()) stages.push_back({notificationFrom(rows), std::string(rows.text(9))});
  return stages;
}

std::vector<OutboxTable::Stage> OutboxTable::ofIncidents(std::string_view prefix, Instant since,
                                                         std::size_t max) const {
  std::vector<Stage> stages;
  Statement rows(database_,
                 "SELECT id, change, channel, notification, created, trying_since, attempts, next_attempt, "
                 "outcome, state FROM outbox WHERE (change >= ? AND change < ?) OR "
                 "(created >= ? AND notification LIKE '%\"incidents\":%') ORDER BY id DESC LIMIT ?");
  const std::string end = std::string(prefix) + "\x7f";
  rows.bind(prefix).bind(end).bind(unixMilliseconds(since)).bind(static_cast<std::int64_t>(max));
  while (rows.step()) stages.push_back({notificationFrom(rows), std::string(rows.text(9))});
  return stages;
}

std::vector<OutboxTable::Stage> OutboxTable::groups(std::string_view channel, std::size_t max) const {
  std::vector<Stage> stages;
  Statement rows(database_,
                 "SELECT id, change, channel, notification, created, trying_since, attempts, next_attempt, "
                 "outcome, state FROM outbox WHERE id > (SELECT max(id) FROM outbox) - 2000 AND "
                 "channel = ? AND change GLOB '*+[0-9]*' ORDER BY id DESC LIMIT ?");
  rows.bind(channel).bind(static_cast<std::int64_t>(max));
  while (rows.step()) stages.push_back({notificationFrom(rows), std::string(rows.text(9))});
  return stages;
}

std::optional<OutboxTable::Progress> OutboxTable::latest(std::string_view prefix,
                                                         std::string_view channel) const {
  Statement rows(database_,
                 "SELECT change, state, outcome, created FROM outbox WHERE change >= ? AND change < ? AND "
                 "channel = ? ORDER BY id DESC LIMIT 1");
  const std::string end = std::string(prefix) + "\x7f";
  rows.bind(prefix).bind(end).bind(channel);
  if (!rows.step()) return std::nullopt;
  return Progress{std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                  fromUnixMilliseconds(rows.integer(3))};
}

std::optional<Instant> OutboxTable::lastPut(std::string_view prefix) {
  Statement rows(database_, "SELECT max(created) FROM outbox WHERE change >= ? AND change < ?");
  const std::string end = std::string(prefix) + "\x7f";
  rows.bind(prefix).bind(end);
  if (!rows.step() || rows.isNull(0)) return std::nullopt;
  return fromUnixMilliseconds(rows.integer(0));
}

void OutboxTable::prune(Instant now, Duration keep) {
  Statement(database_, "DELETE FROM outbox WHERE state IN ('delivered', 'closed') AND finished < ?")
      .bind(unixMilliseconds(now - keep))
      .run();
  Statement(database_, "DELETE FROM outbox WHERE state = 'undeliverable' AND created < ?")
      .bind(unixMilliseconds(now - 3 * keep))
      .run();
}

void OutboxTable::shift(Duration step) {
  Statement(database_,
            "UPDATE outbox SET created = created + ?1, trying_since = trying_since + ?1, next_attempt = "
            "next_attempt + ?1 WHERE state IN ('waiting', 'undeliverable')")
      .bind(step.count())
      .run();
}

}  // namespace arrivald::store
