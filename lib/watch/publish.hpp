// publish: exports the owners' state as metrics. Loop thread only.
#pragma once

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Sets the gauges of windows, days and alerts. Counters and timings are written where things happen.
void publish(const Owners& owners, const config::Config& config);

/// How many series the configuration allows.
metrics::CardinalityLimits limitsOf(const config::Config& config);

/// Applies the limits of `config`, removes the metrics of what neither `config` nor its `tasks` name, and
/// exports the error counters of what they do name, with 0. The owners have retained `config`.
void retainMetrics(const Owners& owners, const config::Config& config, const std::vector<TaskId>& tasks);

/// How long after the last read the windows of a subject still say something.
Duration maxAgeOf(const Jobs& jobs, const delivery::Subject& subject);

}  // namespace arrivald::watch
