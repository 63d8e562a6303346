// RulesAlarm: notifies people that arrivald cannot judge its rules, by a fault of its own, and that it can
// again. Needs no rule.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "watch/incidents.hpp"
#include "watch/jobs.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

struct RulesFailure {
  Instant since{};  ///< when they were judged last
  Error error;
};
/// Nothing while the rules are judged, or have failed for less than five minutes.
std::optional<RulesFailure> failureOfRules(const Jobs& jobs, Instant now);

/// Resource; loop thread only. Notifies every channel: once, every four hours while it lasts, and when the
/// rules have been judged for a minute, also after a restart: what was notified is noted beside the store.
class RulesAlarm {
 public:
  RulesAlarm(const Clock& clock, Outbox& outbox, Incidents& incidents)
      : clock_(clock), outbox_(outbox), incidents_(incidents) {}
  RulesAlarm(const RulesAlarm&) = delete;
  RulesAlarm& operator=(const RulesAlarm&) = delete;

  /// The wall clock was set by `step`.
  void shift(Duration step);
  /// Notifies what there is to notify. Call it every few seconds.
  void look(const config::Config& config, const Jobs& jobs);

 private:
  struct Notified {
    Instant since{};
    Instant at{};
    std::int64_t number = 0;
  };
  void takeUp(const std::string& storePath);
  void notify(const config::Config& config, const Error& error, std::optional<Instant> until);

  const Clock& clock_;
  Outbox& outbox_;
  Incidents& incidents_;
  std::optional<Notified> notified_;  // while it lasts
  std::optional<Instant> worksSince_;
  bool isTakenUp_ = false;  // what a process before this one has notified
};

}  // namespace arrivald::watch
