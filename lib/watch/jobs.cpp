#include "watch/jobs.hpp"

#include <set>

#include "sendgrid/failure.hpp"

namespace arrivald::watch {
namespace {

// Some task runs every minute; a delay of another minute means that the machine was suspended.
constexpr Duration kAsleep = std::chrono::minutes(2);

constexpr Error::Kind kOfThirdParties[] = {Error::Kind::throttled, Error::Kind::timedOut,
                                           Error::Kind::serverError, Error::Kind::malformed,
                                           Error::Kind::tooLarge};
constexpr Error::Kind kOfNetworks[] = {Error::Kind::unreachable, Error::Kind::tls, Error::Kind::truncated};
constexpr Error::Kind kOfConfigurations[] = {Error::Kind::invalid, Error::Kind::notFound,
                                             Error::Kind::denied};
constexpr Error::Kind kOfStorage[] = {Error::Kind::storage, Error::Kind::diskFull, Error::Kind::readOnly,
                                      Error::Kind::ioError, Error::Kind::damaged,  Error::Kind::locked};

// Prometheus' increase() does not see a counter that begins at 1.
void expectFailures(metrics::TaskSeries& series, Party asks) {
  if (asks == Party::provider)
    for (const auto kind : sendgrid::failureKinds())
      if (kind != Error::Kind::cancelled) series.mayFail(sendgrid::partyOf(kind), kind);
  if (asks == Party::thirdParty) {
    for (const auto kind : kOfThirdParties) series.mayFail(Party::thirdParty, kind);
    for (const auto kind : kOfNetworks) series.mayFail(Party::network, kind);
    for (const auto kind : kOfConfigurations) series.mayFail(Party::configuration, kind);
  }
  if (asks == Party::provider)
    for (const auto kind : kOfStorage) series.mayFail(Party::storage, kind);
  series.mayFail(Party::internal, Error::Kind::bug);
}

// Of half an answer and of a proxy's page nobody knows whether SendGrid or the way to it made it: both sides
// count as one here. The way to SendGrid is that of all accounts.
std::pair<std::string, Party> ofAccount(const TaskId& id, Party side) {
  return {id.account, side == Party::network ? Party::provider : side};
}
const std::pair<std::string, Party> kOfNetwork{"", Party::network};

}  // namespace

std::optional<Error::Kind> tellingKindOf(const JobState& job) {
  using Kind = Error::Kind;
  if (!job.error) return std::nullopt;
  switch (job.error->kind) {
    case Kind::html:
    case Kind::malformed:
    case Kind::emptyAnswer:
    case Kind::truncated:
    case Kind::timedOut:
      return job.providerFailed ? Kind::serverError : job.error->kind;
    default:
      return job.error->kind;
  }
}

Jobs::Jobs(Clock& clock, metrics::Registry& registry) : clock_(clock), registry_(registry) {}

const JobState* Jobs::at(const std::string& account, JobKind kind) const {
  const auto found = jobs_.find(TaskId{account, std::string(name(kind))});
  return found == jobs_.end() ? nullptr : &found->second;
}

JobState& Jobs::entry(const TaskId& id) {
  const auto [found, isNew] = jobs_.try_emplace(id);
  if (isNew) found->second.since = clock_.now();
  return found->second;
}

void Jobs::added(const TaskId& id, Duration period, Party asks) {
  auto& job = entry(id);
  // What is as old as the former period allows has not had its first chance by the shorter one.
  if (period < job.period) job.since = clock_.now();
  job.period = period;
  job.running = false;
  expectFailures(registry_.task(id.account, id.task), asks);
}

void Jobs::planned(const TaskId& id, Instant next) { entry(id).nextRun = next; }

void Jobs::started(const TaskId& id, std::int64_t missed) {
  auto& job = entry(id);
  job.running = true;
  job.lastRun = clock_.now();
  job.nextRun.reset();
  if (missed > 0) registry_.task(id.account, id.task).missed(missed);
}

void Jobs::progressed(const TaskId& id) {
  if (const auto job = jobs_.find(id); job != jobs_.end()) job->second.lastProgress = clock_.now();
}

int Jobs::succeeded(const TaskId& id, Duration took) {
  auto& job = entry(id);
  job.running = false;
  job.took = took;
  if (job.error) {
    worksSince_[ofAccount(id, job.error->party)] = clock_.sinceBoot();
    if (job.error->party == Party::network) worksSince_[kOfNetwork] = clock_.sinceBoot();
  }
  job.error.reset();
  job.providerFailed = false;
  job.lastSuccess = clock_.now();
  registry_.task(id.account, id.task).succeeded(took, *job.lastSuccess);
  return std::exchange(job.failuresInARow, 0);
}

void Jobs::failed(const TaskId& id, Error error, Duration took) {
  auto& job = entry(id);
  job.running = false;
  job.took = took;
  ++job.failuresInARow;
  job.providerFailed = job.providerFailed || error.kind == Error::Kind::serverError;
  registry_.task(id.account, id.task).failed(error.party, error.kind, took);
  job.error = std::move(error);
}

void Jobs::stopped(const TaskId& id) {
  auto& job = entry(id);
  job.running = false;
  job.nextRun.reset();
}

bool Jobs::worksAgain(const TaskId& id, Party side, Duration at) const {
  const auto isSince = [&](const std::pair<std::string, Party>& whose) {
    const auto found = worksSince_.find(whose);
    return found != worksSince_.end() && found->second > at;
  };
  return isSince(ofAccount(id, side)) || (side == Party::network && isSince(kOfNetwork));
}

void Jobs::retain(const config::Config& configuration) {
  std::set<TaskId> configured;
  std::set<std::string> accounts{std::string()};
  for (const auto& plan : configuredJobs(configuration)) {
    configured.insert(plan.id());
    accounts.insert(plan.account);
  }
  std::erase_if(worksSince_, [&](const auto& one) { return !accounts.contains(one.first.first); });
  std::erase_if(jobs_, [&](const auto& entry) {
    if (configured.contains(entry.first)) return false;
    registry_.forgetTask(entry.first.account, entry.first.task);
    return true;
  });
}

void Jobs::shift(Duration step) {
  for (auto& [id, job] : jobs_) {
    job.since += step;
    for (auto* at : {&job.lastRun, &job.lastSuccess, &job.lastProgress})
      if (*at) **at += step;
  }
}

bool Jobs::noticeSuspend() {
  const auto now = clock_.sinceBoot();
  const bool asleep = observedAt_ && now - *observedAt_ > kAsleep;
  if (asleep)
    for (auto& [id, job] : jobs_) job.since = clock_.now();
  observedAt_ = now;
  return asleep;
}

}  // namespace arrivald::watch
