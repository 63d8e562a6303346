// OutboxTable: the notifications that have to be delivered, by channel. A notification is written in the
// transaction of the change that it reports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/database.hpp"

namespace arrivald::store {

struct QueuedNotification {
  std::int64_t id = 0;
  std::string change;        ///< id of the change that it reports; unique per channel, against duplicates
  std::string channel;       ///< by name in the YAML
  std::string notification;  ///< as notify::toJson() writes it
  Instant created{};
  Instant tryingSince{};  ///< when it was created, or last made waiting by retry() or retryOnce()
  int attempts = 0;       ///< since tryingSince
  Instant nextAttempt{};
  std::string outcome;  ///< of the last attempt
  friend bool operator==(const QueuedNotification&, const QueuedNotification&) = default;
};

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class OutboxTable {
 public:
  explicit OutboxTable(Database& database) : database_(database) {}

  /// Queues a notification from `now` on. False, and nothing stored, if that change was already put for that
  /// channel.
  bool put(std::string_view change, std::string_view channel, std::string_view notification, Instant now);
  /// The same for one that was created earlier, and is tried from `now` on.
  bool put(std::string_view change, std::string_view channel, std::string_view notification, Instant created,
           Instant now);
  /// The waiting notifications of a channel in the order of put(), at most `max`.
  std::vector<QueuedNotification> waiting(std::string_view channel, std::size_t max);
  /// The row of a change for a channel, in whatever state; nothing if it was never put or was pruned.
  std::optional<std::int64_t> find(std::string_view change, std::string_view channel);
  void delivered(std::int64_t id, Instant at, std::string_view outcome);
  void tryAgain(std::int64_t id, Instant nextAttempt, std::string_view outcome);
  void undeliverable(std::int64_t id, Instant at, std::string_view outcome);

  /// Closes one notification: it is not delivered any more.
  void closeOne(std::int64_t id, Instant at, std::string_view outcome);
  /// An undeliverable notification of a channel, the one with the fewest attempts.
  std::optional<QueuedNotification> leastTried(std::string_view channel);
  /// Notes a further attempt at an undeliverable one, which stays undeliverable.
  void triedInVain(std::int64_t id, std::string_view outcome);

  /// Makes all undeliverable notifications of a channel wait again, without attempts. Returns their number.
  std::int64_t retry(std::string_view channel, Instant now);
  /// The same, but for each notification only once after it was put or retry(): a notification that a working
  /// channel refuses must not be retried for ever.
  std::int64_t retryOnce(std::string_view channel, Instant now);

  /// Channels that have waiting or undeliverable notifications.
  std::vector<std::string> channels();
  struct Closed {
    std::int64_t waiting = 0;
    std::int64_t undeliverable = 0;
  };
  /// Closes all waiting and undeliverable notifications of a channel: they are neither delivered nor counted
  /// any more.
  Closed close(std::string_view channel, Instant at, std::string_view outcome);

  struct Depth {
    std::int64_t waiting = 0;
    std::int64_t undeliverable = 0;
    std::optional<Instant> oldest;  ///< creation of the oldest waiting one
    friend bool operator==(const Depth&, const Depth&) = default;
  };
  Depth depth() const;
  /// The newest undeliverable notifications.
  std::vector<QueuedNotification> undeliverable(std::size_t max) const;
  /// How far a notification has come. `state`: "waiting", "delivered", "undeliverable" or "closed".
  struct Progress {
    std::string change;
    std::string state;
    std::string outcome;  ///< of the last attempt
    Instant created{};
  };
  /// A notification with its state.
  struct Stage {
    QueuedNotification notification;
    std::string state;  ///< as in Progress
  };
  /// Those of a channel whose change begins with `prefix` (ASCII), the newest first, at most `max`.
  std::vector<Stage> stages(std::string_view prefix, std::string_view channel, std::size_t max) const;
  /// Those that were put since then and tell of an incident, or whose change begins with `prefix` (ASCII),
  /// the newest first, at most `max`.
  std::vector<Stage> ofIncidents(std::string_view prefix, Instant since, std::size_t max) const;
  /// Its groups, such as "stall@main#1764046800000.1+3", likewise; of the latest 2,000 notifications.
  std::vector<Stage> groups(std::string_view channel, std::size_t max) const;
  /// The one that was put last for the channel, of those whose change begins with `prefix` (ASCII).
  std::optional<Progress> latest(std::string_view prefix, std::string_view channel) const;
  /// When a notification whose change begins with `prefix` (ASCII) was last put, for any channel.
  std::optional<Instant> lastPut(std::string_view prefix);
  /// Deletes notifications that were delivered or closed more than `keep` ago, and undeliverable ones created
  /// more than three times `keep` ago.
  void prune(Instant now, Duration keep);
  /// Moves the times of waiting and undeliverable notifications by a step of the wall clock.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
