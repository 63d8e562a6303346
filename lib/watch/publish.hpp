// publish: what the state says, as metrics.
#pragma once

#include "config/config.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// Sets the gauges of windows, days and alerts. Counters and timings are written where things happen.
void publish(State& state, const config::Config& config);

/// How long after the last read the windows of a subject still say something.
Duration patienceOf(const State& state, const delivery::Subject& subject);

}  // namespace arrivald::watch
