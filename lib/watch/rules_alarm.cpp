#include "watch/rules_alarm.hpp"

#include <algorithm>

#include "notify/compose.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kPatience = std::chrono::minutes(5);

notify::Notification composed(const OwnTrouble::Told& told, const std::string& id, Instant now,
                              const config::Config& config, Language language) {
  return notify::composeRulesTrouble({told.error, told.since, told.until, told.number}, id, now, config.zone,
                                     language);
}

}  // namespace

std::optional<RulesFailure> failureOfRules(const Jobs& jobs, Instant now) {
  const auto* job = jobs.at("", JobKind::rules);
  if (job == nullptr || !job->error) return std::nullopt;
  const auto last = std::max(job->lastSuccess.value_or(job->since), job->since);
  if (now - last < kPatience) return std::nullopt;
  return RulesFailure{last, *job->error};
}

RulesAlarm::RulesAlarm(const Clock& clock, Outbox& outbox, Incidents& incidents)
    : clock_(clock), trouble_(clock, outbox, incidents, store::AlarmFile::Of::rules, "rules", composed) {}

void RulesAlarm::look(const config::Config& config, const Jobs& jobs) {
  if (const auto failure = failureOfRules(jobs, clock_.now()))
    return trouble_.lasts(config, failure->error, failure->since);
  const auto* job = jobs.at("", JobKind::rules);
  const bool works = job != nullptr && !job->error && job->lastSuccess;
  if (!works) return trouble_.waits(config);
  trouble_.works(config, *job->lastSuccess);
}

}  // namespace arrivald::watch
