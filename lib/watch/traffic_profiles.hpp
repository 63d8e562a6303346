// TrafficProfiles: what is usual of each account, learned from its statistics.
#pragma once

#include "rules/window_facts.hpp"
#include "watch/owner.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// Loop thread only.
class TrafficProfiles final : public Owner {
 public:
  /// Learned anew at the next look: zone or holidays may have changed.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  /// Learns from the last weeks, at most once an hour, in the zone of the people, whose weekdays and nights
  /// make the traffic; the account's zone only cuts its statistics.
  void learn(const Statistics& statistics, const config::Config& configuration, Instant now);

  const rules::Profiles& profiles() const { return profiles_; }
  /// What slow rules have asked for before.
  rules::Past& past() { return past_; }

 private:
  rules::Profiles profiles_;
  rules::Past past_;
  Instant learnedAt_{};
};

}  // namespace arrivald::watch
