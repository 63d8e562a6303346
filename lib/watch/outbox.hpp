// Outbox: the notifications that are to be delivered, by channel. Owns their table, wakes the deliveries, and
// publishes arrivald_outbox_* and arrivald_notifications_total. What the store refuses is kept and delivered
// from memory.
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
#include "runtime/wakeup.hpp"
#include "store/outbox_table.hpp"
#include "watch/owner.hpp"
#include "watch/stored_conversations.hpp"
#include "watch/unsaved_outbox.hpp"

namespace arrivald::watch {

/// A notification for one channel.
struct Outgoing {
  std::string change;  ///< the id of the change; stored once per channel
  std::string channel;
  notify::Notification notification;
};

/// The notification that a channel delivers next.
struct Pending {
  store::QueuedNotification queued;           ///< id 0: in memory only
  Result<notify::Notification> notification;  ///< or why the stored one cannot be read
};

/// What an attempt was for: a waiting notification, or one that was given up, to see whether its channel
/// works again.
enum class Attempt { regular, probe };

/// "stall@main#1764046800000.": all changes of an alert's episode begin so. Empty for other notifications,
/// and for groups of several alerts.
std::string_view episodeOf(std::string_view change);

/// Resource; loop thread only.
class Outbox final : public Owner {
 public:
  Outbox(store::Database& database, Clock& clock, metrics::Registry& registry);

  void load() override;
  /// Closes the notifications of channels that `config` does not name, logs it, and removes their metrics.
  /// They stay closed if the channel is configured again. Undeliverable notifications of the other channels
  /// wait again, since a new configuration is their remedy.
  void retain(const config::Config& config) override;
  void retainMissed() override;
  void shift(Duration step) override { unsaved_.shift(step); }
  void storeShift(Duration step) override;

  /// Stores what the store has refused so far, then `outgoing`. Call it inside a transaction, and stored() or
  /// hold() afterwards; throws SqlError.
  void put(const std::vector<Outgoing>& outgoing);
  /// The transaction of put() was committed.
  void stored();
  /// The transaction of put() failed: keeps `outgoing` in memory, from where it is delivered.
  void hold(const std::vector<Outgoing>& outgoing);
  /// Stores `outgoing` in a transaction of its own. An error says that the store refused, and that memory
  /// holds them.
  Done putNow(const std::vector<Outgoing>& outgoing);
  /// Whether memory holds what the store has refused.
  bool hasUnsaved() const { return !unsaved_.empty(); }
  /// Ends every wait().
  void wake();
  /// Ends at the next wake() or after `max`; see Wakeup::wait().
  runtime::Task<> wait(Duration max) { return wakeup_.wait(clock_, max); }

  /// The oldest waiting notification of a channel, due or not. Fails only if the table cannot be read and
  /// memory holds none.
  Result<std::optional<Pending>> next(std::string_view channel);
  /// All waiting notifications of a channel in the order of delivery, at most `max`.
  Result<std::vector<store::QueuedNotification>> waiting(std::string_view channel, std::size_t max);
  /// A notification of the channel that was given up; nothing if there is none, or the table cannot be read.
  std::optional<Pending> toProbe(std::string_view channel);
  /// Records the outcome of an attempt, in memory if the store refuses. If it failed, the
  /// notification waits until `nextAttempt`, or is undeliverable without one. After a delivery the channel's
  /// undeliverable notifications wait again, each of them once. Returns how many do.
  std::int64_t record(const Pending& pending, const Done& outcome, std::optional<Instant> nextAttempt,
                      Attempt attempt = Attempt::regular);
  /// From now on what is put for `channel` is also put for the other channels. What waits for it is put for
  /// them now, and so is `refused`, if there is one, which it will not take: of each alert only the newest
  /// notification, with the time at which it was meant. A channel that has a notification, or a later one of
  /// the same alert, does not get it. A test is for its channel only, and what is said about a channel or the
  /// store goes to every channel anyway.
  void standInFor(const std::string& channel, const store::QueuedNotification* refused = nullptr);
  /// The channel works again.
  void endStandIn(const std::string& channel) { broken_.erase(channel); }
  bool isBroken(const std::string& channel) const { return broken_.contains(channel); }
  /// Which channel delivered a notification in place of `queued`'s: as its stand-in; or, where `queued` was
  /// put for a stand-in, the channel that it was meant for, which may have delivered a later one of the same
  /// alert. Empty if none did.
  std::string deliveredElsewhere(const Pending& pending) const;
  /// The change of a later notification for `channel` that says what became of the alert of `change`,
  /// delivered or not, by itself or in a group; empty if there is none. Of a group the alert that it names
  /// first is looked at.
  std::string laterThan(std::string_view change, std::string_view channel) const;
  /// The same, but one that was delivered.
  std::string deliveredAfter(std::string_view change, std::string_view channel) const;
  /// Whether the channel was notified of the alert of `change` before.
  bool deliveredBefore(std::string_view change, std::string_view channel) const;
  /// Whether a notification with a mention was left out for this one: nobody was mentioned for its alert yet.
  bool replacesMention(const store::QueuedNotification& queued) const;
  /// Closes a notification that a later one replaces.
  void supersede(const store::QueuedNotification& queued, std::string_view by);
  /// Closes a notification that another channel has delivered in its place.
  void deliveredBy(const store::QueuedNotification& queued, std::string_view channel);
  /// Closes a waiting notification that was tried once and shall not be tried again.
  void giveUp(const store::QueuedNotification& queued, std::string_view outcome);
  /// How far the channel's latest notification has come whose change begins with `prefix`; nothing if there
  /// is none, or the table cannot be read.
  std::optional<store::OutboxTable::Progress> latest(std::string_view prefix, std::string_view channel) const;
  /// All that was put about an incident since it was opened, the newest first, at most `max`; nothing if the
  /// table cannot be read.
  struct Message {
    store::OutboxTable::Progress progress;
    std::string channel;
    notify::Notification notification;
  };
  std::vector<Message> messagesOf(std::int64_t incident, Instant opened, std::size_t max) const;
  /// Which message of a channel each incident has.
  slack::Conversations& conversations() { return conversations_; }
  /// When the present configuration took effect.
  Instant retainedAt() const { return retainedAt_; }
  /// When a notification whose change begins with `prefix` was last put.
  std::optional<Instant> lastPut(std::string_view prefix);

  Result<store::OutboxTable::Depth> depth() const;
  /// The newest undeliverable ones.
  Result<std::vector<store::QueuedNotification>> undeliverable(std::size_t max) const;

 private:
  void publish();
  /// A notification about an alert, by itself or in a group.
  struct Said {
    std::int64_t number = 0;  ///< grows with the changes of the alert
    store::OutboxTable::Stage stage;
  };
  std::vector<Said> said(std::string_view change, std::string_view channel) const;
  std::vector<store::OutboxTable::Stage> stages(std::string_view prefix, std::string_view channel) const;
  std::vector<Outgoing> copies(const std::vector<Outgoing>& outgoing) const;
  void putRow(const Outgoing& outgoing, Instant now);
  Done align();
  std::vector<store::QueuedNotification> forOthers(const std::vector<store::QueuedNotification>& rows) const;
  void putCopy(const store::QueuedNotification& copy, Instant now);
  void holdOne(std::string change, std::string channel, std::string notification, Instant created);
  void forgetRemoved();
  void close(const store::QueuedNotification& queued, std::string_view outcome);
  std::optional<store::QueuedNotification> asKnown(store::QueuedNotification row) const;
  std::int64_t rowOf(const store::QueuedNotification& queued);

  store::Database& database_;
  Clock& clock_;
  metrics::Registry& registry_;
  store::OutboxTable table_;
  UnsavedOutbox unsaved_;
  StoredConversations conversations_;
  runtime::Wakeup wakeup_;
  std::set<std::string> channels_;  // configured
  std::set<std::string> broken_;    // those that others stand in for
  bool aligned_ = true;             // the table is in line with channels_
  Instant retainedAt_{};
};

}  // namespace arrivald::watch
