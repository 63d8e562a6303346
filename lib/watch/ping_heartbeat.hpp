// ping_heartbeat: pings an outside monitor (dead man's switch) while everything configured is being read and
// notifications are delivered. Runs on the loop's thread; what it takes by reference must outlive the task.
#pragma once

#include "heartbeat/heartbeat.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// The jobs that must be healthy for a ping: those that read a source, from their first run on.
std::vector<heartbeat::Round> roundsOf(const Owners& owners);

runtime::Task<JobOutcome> pingHeartbeat(Owners& owners, heartbeat::Pinger& pinger);

}  // namespace arrivald::watch
