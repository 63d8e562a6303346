// job: runs one thing again and again, never twice at once, with patience after failures.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/schedule.hpp"
#include "runtime/task.hpp"
#include "sendgrid/failure.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// Uniform in [0,1); injected, so that tests decide.
using Random = std::function<double()>;

struct JobPlan {
  std::string account;  ///< empty for jobs of no account
  std::string name;
  Schedule schedule;
  /// Run at once at the start; otherwise first when the schedule says so.
  bool atStart = true;
};

/// Why a run failed, or nothing.
using JobOutcome = std::optional<sendgrid::Failure>;

/// Endless; ends by cancellation. A run that takes longer than the schedule's distance is followed by the
/// next one that is due after it: missed runs are run once, not made up for. Failures are logged once a kind
/// and counted.
runtime::Task<> runJob(State& state, Random& random, JobPlan plan,
                       std::function<runtime::Task<JobOutcome>()> body);

/// A failure of our own store, as an outcome.
sendgrid::Failure storeFailure(const Error& error);

}  // namespace arrivald::watch
