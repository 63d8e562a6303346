// Alerts: the state of all alerts, in memory and in the store.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "rules/evaluate.hpp"
#include "store/alerts_table.hpp"
#include "watch/outbox.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class Alerts final : public Owner {
 public:
  Alerts(store::Database& database, Outbox& outbox, StoreHealth& health);

  void load() override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  Owner* storeMissed() override {
    stored_ = false;
    return nullptr;
  }

  /// Stores the alerts of `verdict` and the notifications about its changes in one transaction. If the store
  /// fails, nothing has changed: the next evaluation finds the same changes again, with the same ids.
  Done put(rules::Verdict verdict, const std::vector<Outgoing>& notifications);

  /// By key.
  const std::vector<rules::Alert>& all() const { return alerts_; }

 private:
  store::Database& database_;
  Outbox& outbox_;
  StoreHealth& health_;
  store::AlertsTable table_;
  std::vector<rules::Alert> alerts_;
  bool stored_ = true;  // false: the last write failed, and the next one writes everything
};

}  // namespace arrivald::watch
