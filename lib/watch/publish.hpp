// publish: exports the owners' state as metrics. Loop thread only.
#pragma once

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Sets the gauges of windows, days and alerts. Counters and timings are written where things happen.
void publish(Owners& owners, const config::Config& config);

/// How many series the configuration allows.
metrics::CardinalityLimits limitsOf(const config::Config& config);

/// Applies the limits of `config`, removes the metrics of what it does not name, and exports the error
/// counters of what it does name, with 0. The owners have retained `config`.
void retainMetrics(Owners& owners, const config::Config& config);

/// How long after the last read the windows of a subject still say something.
Duration maxAgeOf(const Jobs& jobs, const delivery::Subject& subject);

}  // namespace arrivald::watch
