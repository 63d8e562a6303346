// RulesAlarm: notifies people that arrivald cannot judge its rules, by a fault of its own, and that it can
// again. Needs no rule.
#pragma once

#include <optional>

#include "watch/jobs.hpp"
#include "watch/own_trouble.hpp"

namespace arrivald::watch {

struct RulesFailure {
  Instant since{};  ///< when they were judged last
  Error error;
};
/// Nothing while the rules are judged, or have failed for less than five minutes.
std::optional<RulesFailure> failureOfRules(const Jobs& jobs, Instant now);

/// Resource; loop thread only. When a failure is notified; the rest is OwnTrouble's.
class RulesAlarm {
 public:
  RulesAlarm(const Clock& clock, Outbox& outbox, Incidents& incidents);

  /// The wall clock was set by `step`.
  void shift(Duration step) { trouble_.shift(step); }
  /// Notifies what there is to notify. Call it every few seconds.
  void look(const config::Config& config, const Jobs& jobs);
  const OwnTrouble& trouble() const { return trouble_; }

 private:
  const Clock& clock_;
  OwnTrouble trouble_;
};

}  // namespace arrivald::watch
