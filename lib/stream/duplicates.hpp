// Duplicates: which events were seen within a horizon, by their id and by what they say.
#pragma once

#include "stream/recent_keys.hpp"

namespace arrivald::stream {

/// By which an event is recognised when it comes again. The provider's retries may carry other ids.
struct EventKeys {
  std::uint64_t id = 0;  ///< fingerprint of the event's id; 0: it has none
  std::uint64_t content = 0;
};

/// Pure; not thread-safe. See RecentKeys for memory and exactness.
class Duplicates {
 public:
  void setHorizon(Duration horizon) {
    ids_.setHorizon(horizon);
    contents_.setHorizon(horizon);
  }
  /// Tables of millions lie outside the caches: the processor fetches the slots before they are needed.
  void prefetch(const EventKeys& keys) const {
    ids_.prefetch(keys.id);
    contents_.prefetch(keys.content);
  }
  /// False if the event was seen before; else it is remembered.
  bool addNew(const EventKeys& keys, Instant now) {
    if (contents_.contains(keys.content, now) || (keys.id != 0 && !ids_.add(keys.id, now))) return false;
    contents_.add(keys.content, now);
    return true;
  }
  /// An event that was stored earlier, `seen` then.
  void remember(const EventKeys& keys, Instant seen) {
    if (keys.id != 0) ids_.add(keys.id, seen);
    contents_.add(keys.content, seen);
  }
  /// Takes back addNew().
  void forget(const EventKeys& keys) {
    if (keys.id != 0) ids_.remove(keys.id);
    contents_.remove(keys.content);
  }
  /// See RecentKeys::age().
  void age(Instant now) {
    ids_.age(now);
    contents_.age(now);
  }

 private:
  RecentKeys ids_;
  RecentKeys contents_;
};

}  // namespace arrivald::stream
