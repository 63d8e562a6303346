// publish: what is remembered, as metrics. Loop thread only.
#pragma once

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Sets the gauges of windows, days and alerts. Counters and timings are written where things happen.
void publish(Owners& owners, const config::Config& config);

/// Takes away the metrics of what neither `config` nor its `tasks` name any more, and begins the error
/// counters of what they do name. The owners have retained `config`.
void retainMetrics(Owners& owners, const config::Config& config, const std::vector<TaskId>& tasks);

/// How long after the last read the windows of a subject still say something.
Duration maxAgeOf(const Jobs& jobs, const delivery::Subject& subject);

}  // namespace arrivald::watch
