// Outbox: what is still to be said to people, by channel. Owns the table of it, wakes who delivers, and
// publishes arrivald_outbox_* and arrivald_notifications_total.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "metrics/registry.hpp"
#include "notify/notification.hpp"
#include "notify/retry.hpp"
#include "runtime/wakeup.hpp"
#include "store/outbox_table.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// A notification for one channel.
struct Outgoing {
  std::string change;  ///< what it tells of; put twice for a channel, it is kept once
  std::string channel;
  notify::Notification notification;
};

/// What a channel is to deliver next.
struct Pending {
  std::int64_t id = 0;
  std::string change;
  std::string channel;
  Result<notify::Notification> notification;  ///< the error says why the stored one cannot be read
  Instant tryingSince{};
  int attempts = 0;
  Instant nextAttempt{};
};

/// Resource, loop thread only. What the store refuses changes nothing and is the call's answer.
class Outbox final : public Owner {
 public:
  Outbox(store::Database& database, Clock& clock, metrics::Registry& registry);

  void load() override;
  /// Ends what is open for channels that `config` does not name, with a line in the log, and takes their
  /// metrics away; makes what was undeliverable for the others wait again, since the remedy is a new
  /// configuration. What is open for a channel that comes back later stays ended.
  void retain(const config::Config& config) override;
  void storeShift(Duration step) override;

  /// Within the caller's transaction; throws SqlError. Call wake() after the commit.
  void put(const std::vector<Outgoing>& outgoing);
  /// put() in a transaction of its own, and wake().
  Done putNow(const std::vector<Outgoing>& outgoing);
  /// Ends every wait(), since there is something new.
  void wake();
  /// Ends at the next wake() or after `max`; see Wakeup::wait().
  runtime::Task<> wait(Duration max) { return wakeup_.wait(clock_, max); }

  /// The oldest one that waits for a channel, due or not.
  Result<std::optional<Pending>> next(std::string_view channel);
  /// Stores what an attempt came to. One that was not delivered waits until `nextAttempt`, or is
  /// undeliverable without one. A delivery makes what was undeliverable for this channel wait again, each one
  /// once: the channel works again. Returns how many do.
  Result<std::int64_t> record(const Pending& pending, const notify::DeliveryOutcome& outcome,
                              std::optional<Instant> nextAttempt);
  /// When a notification of a change that begins with `prefix` was last put.
  std::optional<Instant> lastPut(std::string_view prefix);

  Result<store::OutboxTable::Depth> depth();
  /// The newest undeliverable ones.
  Result<std::vector<store::QueuedNotification>> undeliverable(std::size_t max);

 private:
  void publish();

  store::Database& database_;
  Clock& clock_;
  metrics::Registry& registry_;
  store::OutboxTable table_;
  runtime::Wakeup wakeup_;
  std::set<std::string> channels_;  // of the configuration
};

}  // namespace arrivald::watch
