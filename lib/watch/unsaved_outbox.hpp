// UnsavedOutbox: what the store refused of the outbox: new notifications, and the outcomes of attempts. It is
// delivered from memory, and stored once the store works again.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/outbox_table.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Holds at most kMax notifications; does no I/O before store().
class UnsavedOutbox {
 public:
  enum class State { waiting, delivered, undeliverable, closed };
  struct Entry {
    store::QueuedNotification notification;  ///< id 0: not in the table
    State state = State::waiting;
    Instant finished{};
  };
  static constexpr std::size_t kMax = 1000;

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  /// A new notification. False if it is there already, or if there is no room: of more than kMax those that
  /// are delivered go first.
  bool put(store::QueuedNotification notification);
  /// The state of a notification after an attempt; it replaces what is known of it.
  void update(Entry entry);
  /// Forgets what is known of a stored notification, whose row is right again.
  void forget(std::string_view change, std::string_view channel);
  /// Null if the table is right about it, or does not have it.
  const Entry* find(std::string_view change, std::string_view channel) const;
  /// The oldest waiting notification of a channel that the table does not have.
  const Entry* next(std::string_view channel) const;
  const std::deque<Entry>& entries() const { return entries_; }
  /// Drops those of channels that `channels` does not name.
  void retain(const std::vector<std::string>& channels);
  void shift(Duration step);

  /// Writes everything; call it inside a transaction, and clear() after the commit. Throws SqlError.
  void store(store::OutboxTable& table) const;
  void clear() { entries_.clear(); }

 private:
  Entry* at(std::string_view change, std::string_view channel);
  std::deque<Entry> entries_;  // in the order of put()
};

}  // namespace arrivald::watch
