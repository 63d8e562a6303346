// OutboxTable: what is still to be told, and to whom. A letter is written in the transaction of the change it
// tells.
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
  std::string change;   ///< what it tells; with the channel unique, so that nothing is told twice
  std::string channel;  ///< by name in the YAML
  std::string message;  ///< as the channel renders it, or will
  Instant created{};
  int attempts = 0;
  Instant nextAttempt{};
  std::string outcome;  ///< of the last attempt
  friend bool operator==(const QueuedNotification&, const QueuedNotification&) = default;
};

/// All members throw SqlError and belong into Database::transact or read.
class OutboxTable {
 public:
  explicit OutboxTable(Database& database) : database_(database) {}

  /// False if that change was put for that channel before: nothing is stored then.
  bool put(const QueuedNotification& notification);
  /// Waiting letters of a channel in the order written, at most `most`.
  std::vector<QueuedNotification> waiting(std::string_view channel, std::size_t max);
  void delivered(std::int64_t id, Instant at, std::string_view outcome);
  void tryAgain(std::int64_t id, Instant nextAttempt, std::string_view outcome);
  void undeliverable(std::int64_t id, Instant at, std::string_view outcome);
  /// Makes undeliverable letters of a channel wait again: after the YAML was mended.
  std::int64_t retryUndeliverable(std::string_view channel, Instant now);

  struct Depth {
    std::int64_t waiting = 0;
    std::int64_t undeliverable = 0;
    std::optional<Instant> oldest;  ///< of the waiting
  };
  Depth depth();
  /// The newest undeliverable letters.
  std::vector<QueuedNotification> undeliverable(std::size_t max);
  /// Delivered letters finished before `before` are forgotten, undeliverable ones are kept three times as
  /// long.
  void prune(Instant now, Duration keep);
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
