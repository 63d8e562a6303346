// StoreAlarm: notifies people that arrivald's own store refuses what is written, and that it works again.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "watch/incidents.hpp"
#include "watch/outbox.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Notifies every channel: once for each kind of error, every four hours while it
/// lasts, and when it is over, also after a restart: what was notified is noted beside the store.
class StoreAlarm {
 public:
  StoreAlarm(const Clock& clock, const StoreHealth& health, Outbox& outbox, Incidents& incidents);
  StoreAlarm(const StoreAlarm&) = delete;
  StoreAlarm& operator=(const StoreAlarm&) = delete;

  /// The wall clock was set by `step`.
  void shift(Duration step);
  /// Notifies what there is to notify. Call it every few seconds.
  void look(const config::Config& config);

 private:
  struct Notified {
    Error::Kind kind = Error::Kind::storage;
    Instant at{};
    Instant since{};
    bool beforeRestart = false;
    std::int64_t number = 0;  // as incidents have
  };
  void takeUp(const std::string& storePath);
  void notifyTrouble(const config::Config& config, const Error& error, Instant since);
  void notifyEnd(const config::Config& config);

  const Clock& clock_;
  const StoreHealth& health_;
  Outbox& outbox_;
  Incidents& incidents_;
  std::optional<Notified> notified_;  // while it lasts
  std::optional<Instant> worksSince_;
  bool isTakenUp_ = false;  // what a process before this one has notified
};

}  // namespace arrivald::watch
