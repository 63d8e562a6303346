#include "watch/ping_heartbeat.hpp"

#include <algorithm>

#include "watch/log.hpp"
#include "watch/readiness.hpp"

namespace arrivald::watch {

namespace {

// A notification that waits for longer is as good as undeliverable.
constexpr Duration kDeliveredWithin = std::chrono::minutes(15);

// What answers lack for longer is not watched, whatever else they hold.
constexpr Duration kLackingFor = std::chrono::minutes(15);

// Tasks that look at settings or the past; the others read what is watched.
constexpr std::string_view kNotSources[] = {"scopes", "event_webhook", "history"};

// Why people could not be notified now; empty if they could.
std::string troubleOfDelivery(const Owners& owners) {
  const auto depth = owners.outbox().depth();
  if (!depth) return "the outbox cannot be read";
  if (depth->undeliverable > 0) return "notifications cannot be delivered";
  if (depth->oldest && owners.clock().now() - *depth->oldest > kDeliveredWithin)
    return "notifications have been waiting for " + toText(kDeliveredWithin);
  return {};
}

// Of which account the statistics do not tell what rates rest on; empty if of none.
std::string troubleOfStatistics(const Owners& owners) {
  const auto now = owners.clock().now();
  for (const auto& [id, job] : owners.jobs()) {
    if (id.account.empty() || id.task != name(JobKind::statistics)) continue;
    const auto& doubts = owners.statistics().doubts({id.account, delivery::Dimension::account});
    for (const auto metric : {delivery::Metric::requests, delivery::Metric::delivered})
      if (const auto since = doubts.untoldSince(metric, Statistics::Doubts::Below::any);
          since && now - *since > kLackingFor)
        return "the statistics of " + id.account + " have not told " + std::string(delivery::name(metric)) +
               " for " + toText(kLackingFor);
  }
  return {};
}

}  // namespace

std::vector<heartbeat::Round> roundsOf(const Owners& owners) {
  const auto now = owners.clock().now();
  std::vector<heartbeat::Round> rounds;
  for (const auto& [id, job] : owners.jobs()) {
    if (id.account.empty() || std::ranges::find(kNotSources, id.task) != std::end(kNotSources)) continue;
    // Its first run is not due yet, such as the nightly one's.
    if (!job.lastSuccess && !job.error && job.nextRun && *job.nextRun > now) continue;
    rounds.push_back({id.account + " " + id.task, job.lastSuccess, job.period,
                      job.error ? std::string(name(job.error->kind)) : ""});
  }
  return rounds;
}

runtime::Task<JobOutcome> pingHeartbeat(Owners& owners, heartbeat::Pinger& pinger) {
  auto health = heartbeat::healthOf(roundsOf(owners), owners.clock().now());
  if (health.healthy) {
    health.reason = troubleOfRules(owners);
    if (health.reason.empty()) health.reason = troubleOfStatistics(owners);
    if (health.reason.empty()) health.reason = troubleOfDelivery(owners);
    health.healthy = health.reason.empty();
  }
  if (!health.healthy) {
    log::debug("no heartbeat: " + health.reason);
    owners.registry().heartbeat("withheld");
    co_return JobOutcome();
  }
  const auto sent = co_await pinger.ping();
  owners.registry().heartbeat(sent ? "sent" : name(sent.error().kind));
  if (!sent) co_return JobOutcome(sent.error());
  co_return JobOutcome();
}

}  // namespace arrivald::watch
