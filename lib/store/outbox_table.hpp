// OutboxTable: what is still to be said, and to whom. A notification is written in the transaction of the
// change that it tells of.
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
  std::string change;        ///< what it tells of; with the channel unique, so that nothing is told twice
  std::string channel;       ///< by name in the YAML
  std::string notification;  ///< as notify::toJson() writes it
  Instant created{};
  Instant tryingSince{};  ///< when it began to wait: created, or made to wait again
  int attempts = 0;       ///< since then
  Instant nextAttempt{};
  std::string outcome;  ///< of the last attempt
  friend bool operator==(const QueuedNotification&, const QueuedNotification&) = default;
};

/// All members throw SqlError and belong into Database::transact or read.
class OutboxTable {
 public:
  explicit OutboxTable(Database& database) : database_(database) {}

  /// Waits from `now` on. False if that change was put for that channel before: nothing is stored then.
  bool put(std::string_view change, std::string_view channel, std::string_view notification, Instant now);
  /// What waits for a channel in the order put, at most `max`.
  std::vector<QueuedNotification> waiting(std::string_view channel, std::size_t max);
  void delivered(std::int64_t id, Instant at, std::string_view outcome);
  void tryAgain(std::int64_t id, Instant nextAttempt, std::string_view outcome);
  void undeliverable(std::int64_t id, Instant at, std::string_view outcome);

  /// Makes all undeliverable notifications of a channel wait again, as if they were new; their number.
  std::int64_t retry(std::string_view channel, Instant now);
  /// The same, but each one only once after retry(): what a channel refuses that takes others is not tried
  /// for ever.
  std::int64_t retryOnce(std::string_view channel, Instant now);

  /// Channels that have waiting or undeliverable notifications.
  std::vector<std::string> channels();
  struct Closed {
    std::int64_t waiting = 0;
    std::int64_t undeliverable = 0;
  };
  /// Ends everything of a channel that is not over: it is neither delivered nor counted any more.
  Closed close(std::string_view channel, Instant at, std::string_view outcome);

  struct Depth {
    std::int64_t waiting = 0;
    std::int64_t undeliverable = 0;
    std::optional<Instant> oldest;  ///< of the waiting, when it was created
    friend bool operator==(const Depth&, const Depth&) = default;
  };
  Depth depth();
  /// The newest undeliverable notifications.
  std::vector<QueuedNotification> undeliverable(std::size_t max);
  /// When a notification whose change begins with `prefix` (ASCII) was last put, for whichever channel.
  std::optional<Instant> lastPut(std::string_view prefix);
  /// Forgets what was delivered or closed more than `keep` ago, and undeliverable ones created three times as
  /// long ago.
  void prune(Instant now, Duration keep);
  /// Moves the times of what is not over by a step of the wall clock.
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
