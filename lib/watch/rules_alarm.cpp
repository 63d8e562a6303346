#include "watch/rules_alarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "notify/compose.hpp"
#include "store/alarm_file.hpp"
#include "watch/channels.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kPatience = std::chrono::minutes(5);
constexpr Duration kRemindEvery = std::chrono::hours(4);
constexpr Duration kSteadyFor = std::chrono::minutes(1);

std::string idOf(Instant now) { return fmt::format("rules@arrivald#{}", unixMilliseconds(now)); }

store::AlarmFile fileOf(const std::string& storePath) {
  return store::AlarmFile(storePath, store::AlarmFile::Of::rules);
}

}  // namespace

std::optional<RulesFailure> failureOfRules(const Jobs& jobs, Instant now) {
  const auto* job = jobs.at("", JobKind::rules);
  if (job == nullptr || !job->error) return std::nullopt;
  const auto last = std::max(job->lastSuccess.value_or(job->since), job->since);
  if (now - last < kPatience) return std::nullopt;
  return RulesFailure{last, *job->error};
}

void RulesAlarm::shift(Duration step) {
  if (notified_) {
    notified_->at += step;
    notified_->since += step;
  }
  if (worksSince_) *worksSince_ += step;
}

// People wait for the end of what the process before this one has notified. If it goes on they are notified
// anew.
void RulesAlarm::takeUp(const std::string& storePath) {
  if (std::exchange(isTakenUp_, true)) return;
  const auto before = fileOf(storePath).read();
  if (!before) return;
  incidents_.keepNumber(before->number);
  notified_ = Notified{std::min(before->since, clock_.now()), Instant{}, before->number};
}

void RulesAlarm::look(const config::Config& config, const Jobs& jobs) {
  const auto now = clock_.now();
  takeUp(config.storePath);
  if (const auto failure = failureOfRules(jobs, now)) {
    worksSince_.reset();
    if (notified_ && now - notified_->at < kRemindEvery) return;
    if (!notified_) notified_ = Notified{failure->since, now, incidents_.takeNumber()};
    notified_->at = now;
    fileOf(config.storePath).write({failure->error.kind, notified_->since, notified_->number});
    return notify(config, failure->error, std::nullopt);
  }
  if (!notified_) return;
  const auto* job = jobs.at("", JobKind::rules);
  const bool works = job != nullptr && !job->error && job->lastSuccess;
  if (!works) return worksSince_.reset();
  if (!worksSince_) worksSince_ = std::max(*job->lastSuccess, notified_->since);
  if (now - *worksSince_ < kSteadyFor) return;
  notify(config, {}, worksSince_);
  fileOf(config.storePath).remove();
  notified_.reset();
  worksSince_.reset();
}

void RulesAlarm::notify(const config::Config& config, const Error& error, std::optional<Instant> until) {
  const auto now = clock_.now();
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back(
        {idOf(now), channel.name,
         notify::composeRulesTrouble({error, notified_->since, until, notified_->number}, idOf(now), now,
                                     config.zone, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
}

}  // namespace arrivald::watch
