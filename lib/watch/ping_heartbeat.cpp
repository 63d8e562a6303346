#include "watch/ping_heartbeat.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {

std::vector<heartbeat::Round> roundsOf(const State& state) {
  std::vector<heartbeat::Round> rounds;
  for (const auto& [key, job] : state.jobs())
    if (job.name == "statistics")
      rounds.push_back({job.account + " statistics", job.lastSuccess, job.period, job.errorKind});
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
  if (!sent) {
    sendgrid::Failure failure{sent.error().kind == Error::Kind::cancelled
                                  ? sendgrid::Failure::Kind::cancelled
                                  : sendgrid::Failure::Kind::unreachable,
                              sent.error().text};
    co_return JobOutcome(std::move(failure));
  }
  co_return JobOutcome();
}

}  // namespace arrivald::watch
