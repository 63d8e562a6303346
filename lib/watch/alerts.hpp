// Alerts: the state of all alerts and of their incidents, in memory and in the store.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/evaluate.hpp"
#include "store/alerts_table.hpp"
#include "watch/incidents.hpp"
#include "watch/outbox.hpp"
#include "watch/owner.hpp"
#include "watch/rules_alarm.hpp"
#include "watch/store_alarm.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class Alerts final : public Owner {
 public:
  Alerts(store::Database& database, const Clock& clock, Outbox& outbox, StoreHealth& health);

  void load() override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  std::vector<Owner*> shiftNotStored() override {
    stored_ = false;
    return {};
  }
  void storeReopened() override { stored_ = false; }

  /// Takes the alerts of `verdict`, and stores them and the notifications about its changes in one
  /// transaction. An error says that the store refused: then both live in memory, the notifications are
  /// delivered from there, and the next call that the store takes writes everything.
  Done put(rules::Verdict verdict, const std::vector<Outgoing>& notifications);
  /// The same with the incidents, in the same transaction.
  Done put(rules::Verdict verdict, incidents::Followed followed, const std::vector<Outgoing>& notifications);
  /// Tries to store what the store has refused. True if it has everything.
  bool storeMissing() override;

  /// Notifies people if the store refuses, or the rules cannot be judged, and when that is over. Call it
  /// every few seconds, and not from the task that judges.
  void notifyOfOwn(const config::Config& config, const Jobs& jobs) {
    storeAlarm_.look(config);
    rulesAlarm_.look(config, jobs);
  }

  /// The notification of the trouble of arrivald's own that has this number, as of now; nothing: there is
  /// none, or it was over before the last start.
  std::optional<notify::Notification> ownTrouble(std::int64_t number, const config::Config& config,
                                                 Language language) const {
    auto told = storeAlarm_.trouble().told(number, config, language);
    return told ? told : rulesAlarm_.trouble().told(number, config, language);
  }

  /// What people were notified of arrivald itself, by what is in trouble: "store", "rules".
  std::map<std::string_view, const OwnTrouble*> ownTroubles() const {
    return {{"store", &storeAlarm_.trouble()}, {"rules", &rulesAlarm_.trouble()}};
  }

  /// By key.
  const std::vector<rules::Alert>& all() const { return alerts_; }
  Incidents& incidents() { return incidents_; }
  const Incidents& incidents() const { return incidents_; }

 private:
  store::Database& database_;
  Outbox& outbox_;
  StoreHealth& health_;
  store::AlertsTable table_;
  Incidents incidents_;
  StoreAlarm storeAlarm_;
  RulesAlarm rulesAlarm_;
  std::vector<rules::Alert> alerts_;
  bool stored_ = true;  // false: the store lacks changes, and the next write writes everything
};

}  // namespace arrivald::watch
