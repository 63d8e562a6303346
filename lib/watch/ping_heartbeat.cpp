#include "watch/ping_heartbeat.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {

std::vector<heartbeat::Round> roundsOf(const State& state) {
  std::vector<heartbeat::Round> rounds;
  for (const auto& [id, job] : state.jobs())
    if (id.task == "statistics")
      rounds.push_back({id.account + " statistics", job.lastSuccess, job.period,
                        job.error ? std::string(name(job.error->kind)) : ""});
  return rounds;
}

runtime::Task<JobOutcome> pingHeartbeat(State& state, heartbeat::Pinger& pinger) {
  const auto health = heartbeat::evaluateRule(roundsOf(state), state.clock().now());
  if (!health.healthy) {
    log::debug("no heartbeat: " + health.reason);
    state.registry().heartbeat("withheld");
    co_return JobOutcome();
  }
  const auto sent = co_await pinger.ping();
  state.registry().heartbeat(sent ? "sent" : name(sent.error().kind));
  if (!sent) co_return JobOutcome(sent.error());
  co_return JobOutcome();
}

}  // namespace arrivald::watch
