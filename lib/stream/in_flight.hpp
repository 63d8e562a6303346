// InFlight: messages that were handed over and have no final word yet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::stream {

/// What an event says of its message's way.
enum class Step : std::uint8_t { processed, deferred, delivered, failed };

/// Events come in any order, twice or never; each message is known by a 64-bit key. A message that has its
/// final word is remembered for an hour, so that a late "processed" does not put it back on its way. Memory:
/// 24 B a message and the room of the table. Pure; not thread-safe.
class InFlight {
 public:
  struct Message {
    std::uint32_t processed = 0;  ///< seconds since 1970; 0: that event has not come
    std::uint32_t last = 0;       ///< of the latest event
    std::uint16_t group = 0;      ///< the receiver's group
    std::uint8_t attempts = 0;    ///< deferrals, at most 255
    enum class End : std::uint8_t { none, delivered, failed } end = End::none;
    bool ended() const { return end != End::none; }
  };

  /// What one event changed. `latency` from processed to delivered, as soon as both are known: at most 7
  /// days.
  struct Change {
    std::optional<Duration> latency;
    bool began = false;  ///< is on its way now and was not before
    bool ended = false;  ///< was on its way and is not any more
  };
  Change apply(std::uint64_t key, Step step, Instant at, std::uint16_t group);

  /// Forgets ended messages of more than an hour ago, and those on their way for longer than `lost` (told to
  /// `onLost`), in a slice of the table: all of it in 256 calls.
  void age(Instant now, Duration lost, const std::function<void(const Message&)>& onLost);

  /// Messages on their way.
  std::size_t size() const { return onTheirWay_; }
  std::size_t remembered() const { return messages_.size(); }

  struct Waiting {
    std::int64_t messages = 0;
    std::int64_t deferred = 0;  ///< of them with at least one deferral
    std::int64_t overdue = 0;   ///< of them longer than the given time, by at most `overdueWithin`
    Duration oldest{};
  };
  /// By group, of all messages on their way; walks the table.
  std::unordered_map<std::uint16_t, Waiting> waiting(Instant now, Duration overdueAfter,
                                                     Duration overdueWithin = Duration::max()) const;

 private:
  std::unordered_map<std::uint64_t, Message> messages_;
  std::size_t onTheirWay_ = 0;
  std::size_t next_ = 0;  // bucket to be aged
};

}  // namespace arrivald::stream
