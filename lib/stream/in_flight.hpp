// InFlight: messages that were handed over and have no final word yet.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::stream {

/// What an event says of its message's way; nothing for opens, clicks and the like.
enum class Step : std::uint8_t { processed, deferred, delivered, failed };
std::optional<Step> stepOf(EventKind kind);

/// Events come in any order, twice or never; each message is known by a 64-bit key. A message that has its
/// final word is remembered for an hour, so that a late "processed" does not put it back on its way. Memory:
/// 17 B a slot of tables that are between 7/16 and 7/8 full, and 2 KB a group. 256 tables grow and age one by
/// one, so that none makes the loop wait. Pure; not thread-safe.
class InFlight {
 public:
  /// What one event changed. `latency` from processed to delivered, as soon as both are known: at most 7
  /// days.
  struct Change {
    std::optional<Duration> latency;
    bool began = false;  ///< is on its way now and was not before
    bool ended = false;  ///< was on its way and is not any more
  };
  Change apply(std::uint64_t key, Step step, Instant at, std::uint16_t group);

  /// Forgets ended messages of more than an hour ago, and those on their way for longer than `lost`, in one
  /// of the tables: all of it in 256 calls. Returns how many were lost.
  std::size_t age(Instant now, Duration lost);

  /// Messages on their way.
  std::size_t size() const { return inFlight_; }
  std::size_t remembered() const;

  struct Waiting {
    std::int64_t messages = 0;
    std::int64_t deferred = 0;  ///< of them with at least one deferral
    std::int64_t overdue = 0;   ///< of them longer than the given time, by at most the given window
    Duration oldest{};          ///< to the minute, beyond 6 hours to the hour
    Waiting& operator+=(const Waiting& other);
  };
  /// Of a group, in constant time. A message counts as overdue up to a minute late; beyond 6 hours, up to an
  /// hour.
  Waiting waiting(std::uint16_t group, Instant now, Duration overdueAfter,
                  Duration within = std::chrono::hours(73)) const;
  /// Groups that had a message so far: their numbers are below.
  std::size_t groups() const { return lines_.size(); }

 private:
  enum class End : std::uint8_t { none, delivered, failed };
  struct Message {
    // Seconds since 1970: when it was processed, or first heard of; once ended, when it ended.
    std::uint32_t when = 0;
    std::uint16_t group = 0;
    std::uint8_t attempts = 0;  // deferrals, at most 255
    End end : 2 = End::none;
    bool processed : 1 = false;
  };
  static_assert(sizeof(Message) == 8);
  struct Hash {
    using is_avalanching = void;  // keys are fingerprints already
    std::size_t operator()(std::uint64_t key) const { return static_cast<std::size_t>(key); }
  };
  using Table = boost::unordered_flat_map<std::uint64_t, Message, Hash>;
  // How many of a group began their way in which minute and hour.
  struct Line {
    struct Slot {
      std::int32_t stamp = -1;  // minute or hour since 1970
      std::int32_t messages = 0;
    };
    std::array<Slot, 360> minutes;
    std::array<Slot, 80> hours;
    std::int64_t messages = 0;
    std::int64_t deferred = 0;
    void move(const Message& message, int by);
  };
  Table& tableOf(std::uint64_t key) { return tables_[(key >> 24) & 0xFF]; }
  Line& lineOf(std::uint16_t group);

  std::array<Table, 256> tables_;
  std::vector<Line> lines_;  // by group
  std::size_t inFlight_ = 0;
  std::size_t next_ = 0;  // to be aged
};

}  // namespace arrivald::stream
