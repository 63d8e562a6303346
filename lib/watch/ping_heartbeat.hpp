// ping_heartbeat: tells a dead man's switch that mail is being watched, and only while it is.
#pragma once

#include "heartbeat/heartbeat.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The jobs whose health the heartbeat stands for: each account's statistics.
std::vector<heartbeat::Round> roundsOf(const State& state);

runtime::Task<JobOutcome> pingHeartbeat(State& state, heartbeat::Pinger& pinger);

}  // namespace arrivald::watch
