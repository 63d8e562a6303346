// Outbox: the notifications that are to be delivered, by channel. Owns their table, wakes the deliveries, and
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
  std::string change;  ///< the id of the change; stored once per channel
  std::string channel;
  notify::Notification notification;
};

/// The notification that a channel delivers next.
struct Pending {
  std::int64_t id = 0;
  std::string change;
  std::string channel;
  Result<notify::Notification> notification;  ///< or why the stored one cannot be read
  Instant tryingSince{};
  int attempts = 0;
  Instant nextAttempt{};
};

/// Resource; loop thread only. If the store fails, nothing changes and the call returns the error.
class Outbox final : public Owner {
 public:
  Outbox(store::Database& database, Clock& clock, metrics::Registry& registry);

  void load() override;
  /// Closes the notifications of channels that `config` does not name, logs it, and removes their metrics.
  /// They stay closed if the channel is configured again. Undeliverable notifications of the other channels
  /// wait again, since a new configuration is their remedy.
  void retain(const config::Config& config) override;
  void storeShift(Duration step) override;

  /// Call it inside a transaction, and wake() after the commit; throws SqlError.
  void put(const std::vector<Outgoing>& outgoing);
  /// Calls put() in a transaction of its own, then wake().
  Done putNow(const std::vector<Outgoing>& outgoing);
  /// Ends every wait().
  void wake();
  /// Ends at the next wake() or after `max`; see Wakeup::wait().
  runtime::Task<> wait(Duration max) { return wakeup_.wait(clock_, max); }

  /// The oldest waiting notification of a channel, due or not.
  Result<std::optional<Pending>> next(std::string_view channel);
  /// Stores the outcome of an attempt. If it was not delivered, the notification waits until `nextAttempt`,
  /// or is undeliverable without one. After a delivery the channel's undeliverable notifications wait again,
  /// each of them once. Returns how many do.
  Result<std::int64_t> record(const Pending& pending, const notify::DeliveryOutcome& outcome,
                              std::optional<Instant> nextAttempt);
  /// When a notification whose change begins with `prefix` was last put.
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
  std::set<std::string> channels_;  // configured
};

}  // namespace arrivald::watch
