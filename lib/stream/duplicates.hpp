// Duplicates: recognises events that were seen within a horizon, by their id and by their content.
#pragma once

#include <string>
#include <string_view>

#include "stream/recent_keys.hpp"

namespace arrivald::stream {

/// The keys by which a repeated event is recognised. SendGrid's retries may carry different ids.
struct EventKeys {
  std::uint64_t id = 0;       ///< fingerprint of sg_event_id; 0: it has none
  std::uint64_t content = 0;  ///< fingerprint of the event's content
};

/// The keys of all `records` (see RecordReader), kEventKeyBytes each: what is left of events whose records
/// are deleted while they may still be repeated. The bytes are stored: their layout does not change without a
/// migration.
inline constexpr std::size_t kEventKeyBytes = 16;
std::string keysOf(std::string_view records);
/// Takes the first keys off `bytes`; false at the end, or if the bytes are corrupt.
bool takeKeys(std::string_view& bytes, EventKeys& keys);

/// Pure; not thread-safe. See RecentKeys for memory and exactness.
class Duplicates {
 public:
  void setHorizon(Duration horizon) {
    ids_.setHorizon(horizon);
    contents_.setHorizon(horizon);
  }
  /// Prefetches the slots of `keys` into the CPU cache: with millions of keys a look-up is a cache miss.
  void prefetch(const EventKeys& keys) const {
    ids_.prefetch(keys.id);
    contents_.prefetch(keys.content);
  }
  /// False if the event was seen before; otherwise it is remembered.
  bool addNew(const EventKeys& keys, Instant now) {
    if (contents_.contains(keys.content, now) || (keys.id != 0 && !ids_.add(keys.id, now))) return false;
    contents_.add(keys.content, now);
    return true;
  }
  /// Adds an event that was stored earlier and first seen at `seen`.
  void remember(const EventKeys& keys, Instant seen) {
    if (keys.id != 0) ids_.add(keys.id, seen);
    contents_.add(keys.content, seen);
  }
  /// Undoes addNew(), for an event that could not be stored.
  void forget(const EventKeys& keys) {
    if (keys.id != 0) ids_.remove(keys.id);
    contents_.remove(keys.content);
  }
  /// See RecentKeys::age().
  void age(Instant now) {
    ids_.age(now);
    contents_.age(now);
  }
  /// See RecentKeys::shift().
  void shift(Duration step) {
    ids_.shift(step);
    contents_.shift(step);
  }

 private:
  RecentKeys ids_;
  RecentKeys contents_;
};

}  // namespace arrivald::stream
