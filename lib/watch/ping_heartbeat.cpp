#include "watch/ping_heartbeat.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {

std::vector<heartbeat::Round> roundsOf(Owners& owners) {
  std::vector<heartbeat::Round> rounds;
  for (const auto& [id, job] : owners.jobs())
    if (id.task == "statistics")
      rounds.push_back({id.account + " statistics", job.lastSuccess, job.period,
                        job.error ? std::string(name(job.error->kind)) : ""});
  return rounds;
}

runtime::Task<JobOutcome> pingHeartbeat(Owners& owners, heartbeat::Pinger& pinger) {
  const auto health = heartbeat::healthOf(roundsOf(owners), owners.clock().now());
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
