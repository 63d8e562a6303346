// StoreAlarm: notifies people that arrivald's own store refuses what is written, and that it works again.
#pragma once

#include "watch/own_trouble.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. When a refusal is notified; the rest is OwnTrouble's.
class StoreAlarm {
 public:
  StoreAlarm(const Clock& clock, const StoreHealth& health, Outbox& outbox, Incidents& incidents);

  /// The wall clock was set by `step`.
  void shift(Duration step) { trouble_.shift(step); }
  /// Notifies what there is to notify. Call it every few seconds.
  void look(const config::Config& config);
  const OwnTrouble& trouble() const { return trouble_; }

 private:
  const Clock& clock_;
  const StoreHealth& health_;
  OwnTrouble trouble_;
};

}  // namespace arrivald::watch
