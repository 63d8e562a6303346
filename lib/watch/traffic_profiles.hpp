// TrafficProfiles: the usual traffic of each account, learned from its statistics.
#pragma once

#include "rules/window_facts.hpp"
#include "watch/owner.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Kept in memory: learned anew after a start.
class TrafficProfiles final : public Owner {
 public:
  /// Learns again at the next use, since time zone or holidays may have changed.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  /// Learns from the last weeks, at most once an hour. Uses the configuration's time zone, that of the people
  /// who cause the traffic; the account's zone only delimits the days of its statistics.
  void learn(const Statistics& statistics, const config::Config& configuration, Instant now);

  const rules::Profiles& profiles() const { return profiles_; }
  /// The cache of past values for slow rules.
  rules::Past& past() const { return past_; }

 private:
  rules::Profiles profiles_;
  mutable rules::Past past_;
  Instant learnedAt_{};
};

}  // namespace arrivald::watch
