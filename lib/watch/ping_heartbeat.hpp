// ping_heartbeat: pings an outside monitor (dead man's switch) while all accounts are being read. Runs on the
// loop's thread; what it takes by reference must outlive the task.
#pragma once

#include "heartbeat/heartbeat.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The jobs that must be healthy for a ping: each account's statistics.
std::vector<heartbeat::Round> roundsOf(Owners& owners);

runtime::Task<JobOutcome> pingHeartbeat(Owners& owners, heartbeat::Pinger& pinger);

}  // namespace arrivald::watch
