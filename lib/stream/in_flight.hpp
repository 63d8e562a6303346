// InFlight: messages that SendGrid has processed and that have no final event yet.
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

/// What an event means for its message's delivery; nothing for opens, clicks and the like.
enum class Step : std::uint8_t { processed, deferred, delivered, failed };
std::optional<Step> stepOf(EventKind kind);

/// Events arrive in any order, repeatedly or not at all; each message is identified by a 64-bit key. A
/// message that has ended is remembered for a day, or for an hour while there are more than kManyRemembered,
/// so that a late "processed" does not put it back in flight, and a late bounce is known as one. Memory: 17 B
/// per slot of hash tables whose load is between 7/16 and 7/8, and 6 KB per group. The keys are split over
/// 256 tables that grow and age one at a time, so that no call blocks the loop thread for long. Pure; not
/// thread-safe.
class InFlight {
 public:
  /// What one event changed. `latency` is the time from processed to delivered, reported once, when both are
  /// known; at most 7 days.
  struct Change {
    std::optional<Duration> latency;
    Instant deliveredAt{};  ///< of `latency`
    /// When a message was delivered that failed afterwards, reported once, whichever event comes first.
    std::optional<Instant> returned;
    bool began = false;     ///< the message is in flight now and was not before
    bool ended = false;     ///< the message was in flight and no longer is
    bool finished = false;  ///< this is the message's first final outcome
  };
  static constexpr std::size_t kManyRemembered = 1'000'000;
  Change apply(std::uint64_t key, Step step, Instant at, std::uint16_t group);

  /// In one of the tables, removes messages that ended long enough ago and those in flight for longer
  /// than `lost`; 256 calls cover all tables. Returns the number of lost messages.
  std::size_t age(Instant now, Duration lost);

  /// Messages in flight.
  std::size_t size() const { return inFlight_; }
  /// Messages in memory: in flight and ended.
  std::size_t remembered() const;

  struct Waiting {
    std::int64_t messages = 0;
    std::int64_t deferred = 0;  ///< messages of these with at least one deferral
    std::int64_t overdue = 0;   ///< messages in flight for longer than `overdueAfter`, by at most `within`
    std::int64_t overdueDeferred = 0;  ///< of these, with at least one deferral
    /// Age of the oldest message, to the minute; beyond 6 hours up to an hour too much if an older one of the
    /// same hour has ended since.
    Duration oldest{};
    Waiting& operator+=(const Waiting& other);
  };
  /// Of one group, in constant time. A message counts as overdue up to a minute late; beyond 6 hours, up to
  /// an hour late.
  Waiting waiting(std::uint16_t group, Instant now, Duration overdueAfter,
                  Duration within = std::chrono::hours(73)) const;
  /// One more than the highest group number that has occurred.
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
    bool returned : 1 = false;
  };
  static_assert(sizeof(Message) == 8);
  struct Hash {
    using is_avalanching = void;  // keys are fingerprints already
    std::size_t operator()(std::uint64_t key) const { return static_cast<std::size_t>(key); }
  };
  using Table = boost::unordered_flat_map<std::uint64_t, Message, Hash>;
  // How many messages of a group have been in flight since which minute and hour.
  struct Line {
    struct Slot {
      std::int32_t stamp = -1;  // minute or hour since 1970
      std::int32_t messages = 0;
      std::int32_t deferred = 0;  // of these, with at least one deferral
    };
    struct Hour : Slot {
      std::int32_t first = 0;  // minute since 1970 of its oldest message
    };
    std::array<Slot, 360> minutes;
    std::array<Hour, 80> hours;
    std::int64_t messages = 0;
    std::int64_t deferred = 0;
    void move(const Message& message, int by);
    std::int32_t firstAfter(std::int32_t minute) const;
  };
  Table& tableOf(std::uint64_t key) { return tables_[(key >> 24) & 0xFF]; }
  Line& lineOf(std::uint16_t group);

  std::array<Table, 256> tables_;
  std::vector<Line> lines_;  // by group
  std::size_t inFlight_ = 0;
  std::size_t next_ = 0;  // the next table to age
};

}  // namespace arrivald::stream
