// ping_heartbeat: tells a dead man's switch that mail is being watched, and only while it is.
#pragma once

#include "heartbeat/heartbeat.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The jobs whose health the heartbeat stands for: each account's statistics.
std::vector<heartbeat::Round> roundsOf(Owners& owners);

runtime::Task<JobOutcome> pingHeartbeat(Owners& owners, heartbeat::Pinger& pinger);

}  // namespace arrivald::watch
