// Owners: the whole state of the daemon, one owner for each part. Made once in a process.
#pragma once

#include <vector>

#include "rules/dmarc_facts.hpp"
#include "watch/alerts.hpp"
#include "watch/clock_steps.hpp"
#include "watch/event_stream.hpp"
#include "watch/jobs.hpp"
#include "watch/outbox.hpp"
#include "watch/provider_accounts.hpp"
#include "watch/provider_status.hpp"
#include "watch/recent_causes.hpp"
#include "watch/statistics.hpp"
#include "watch/store_health.hpp"
#include "watch/suppression_lists.hpp"
#include "watch/traffic_profiles.hpp"

namespace arrivald::watch {

/// What all owners share.
struct Environment {
  boost::asio::any_io_executor executor;
  store::Database& database;
  Clock& clock;
  metrics::Registry& registry;
  StoreHealth& health;
  Instant started;                           ///< of the process, by the wall clock at its start
  std::vector<Owner*> further = {};          ///< see Owners::join()
  const rules::DmarcFacts* dmarc = nullptr;  ///< see Owners::useDmarc()
};

/// Resource; loop thread only. Outlives reloads.
class Owners {
 public:
  explicit Owners(Environment environment);
  Owners(const Owners&) = delete;
  Owners& operator=(const Owners&) = delete;

  /// Loads the state, and shifts it if the wall clock was set back while the daemon was stopped.
  Done load();
  /// An owner above this module is loaded with the others, and moves with the clock as they do. To be called
  /// before load().
  void join(Owner& owner) { environment_.further.push_back(&owner); }
  /// Before the end of an owner that joined.
  void leave(Owner& owner) { std::erase(environment_.further, &owner); }
  /// What DMARC reports say, for the rules; null: nothing. It must outlive the evaluations.
  void useDmarc(const rules::DmarcFacts* facts) { environment_.dmarc = facts; }
  const rules::DmarcFacts* dmarc() const { return environment_.dmarc; }
  void retain(const config::Config& configuration);
  /// Shifts all owners if the clock was set. Call it before using the clock for anything that is stored.
  void noticeClockStep();

  /// While the store refuses: opens it again if need be, tries it, and stores what it lacks. Notifies people
  /// of the refusal and of its end. Call it every few seconds.
  void keepStore(const config::Config& configuration);

  const boost::asio::any_io_executor& executor() const { return environment_.executor; }
  /// When the process started, by the present wall clock.
  Instant started() const { return environment_.started; }
  store::Database& database() { return environment_.database; }
  // Those that only read get a const Owners.
  Clock& clock() { return environment_.clock; }
  const Clock& clock() const { return environment_.clock; }
  metrics::Registry& registry() { return environment_.registry; }
  const metrics::Registry& registry() const { return environment_.registry; }
  const StoreHealth& health() const { return environment_.health; }
  Statistics& statistics() { return statistics_; }
  const Statistics& statistics() const { return statistics_; }
  RecentCauses& causes() { return causes_; }
  const RecentCauses& causes() const { return causes_; }
  SuppressionLists& lists() { return lists_; }
  const SuppressionLists& lists() const { return lists_; }
  EventStream& events() { return events_; }
  const EventStream& events() const { return events_; }
  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }
  Alerts& alerts() { return alerts_; }
  const Alerts& alerts() const { return alerts_; }
  Incidents& incidents() { return alerts_.incidents(); }
  const Incidents& incidents() const { return alerts_.incidents(); }
  Jobs& jobs() { return jobs_; }
  const Jobs& jobs() const { return jobs_; }
  TrafficProfiles& profiles() { return profiles_; }
  const TrafficProfiles& profiles() const { return profiles_; }
  ProviderStatus& provider() { return provider_; }
  const ProviderStatus& provider() const { return provider_; }
  ProviderAccounts& accounts() { return accounts_; }
  const ProviderAccounts& accounts() const { return accounts_; }
  KeyScopes& scopes() { return accounts_.scopes(); }
  const KeyScopes& scopes() const { return accounts_.scopes(); }

  /// The series to show at present: the event stream's while it is alive, else that of the statistics. Null
  /// if the subject is unknown.
  const delivery::Series* series(const delivery::Subject& subject) const;

 private:
  std::vector<Owner*> all();
  void move(Duration step);
  bool storeMissedSteps();
  void retryStore();

  Environment environment_;
  ClockSteps steps_;
  Statistics statistics_;
  RecentCauses causes_;
  SuppressionLists lists_;
  EventStream events_;
  Outbox outbox_;
  Alerts alerts_;
  Jobs jobs_;
  TrafficProfiles profiles_;
  ProviderStatus provider_;
  ProviderAccounts accounts_;
};

}  // namespace arrivald::watch
