// job: runs one task again and again, never twice at once, with patience after failures.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/schedule.hpp"
#include "runtime/task.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Uniform in [0,1); injected, so that tests decide.
using Random = std::function<double()>;

struct JobPlan {
  std::string account;  ///< empty for tasks of no account
  std::string name;
  Schedule schedule;
  /// Run at once at the start; otherwise first when the schedule says so.
  bool atStart = true;
  /// Whom the task asks: decides which failures are counted from the start.
  Party asks = Party::internal;
};

/// Why a run failed, and whose fault that is; or nothing.
using JobOutcome = std::optional<Error>;

/// Endless; ends by cancellation, with operation_aborted or, where a run was under way, quietly. When runs
/// are due: see Timetable. A run that fails is tried again as Backoff says. Failures are logged once a kind,
/// once more when they are certain to need people, and counted; an exception of the body is one of them
/// (Error::Kind::bug). Whatever happens is recorded in Owners::jobs().
runtime::Task<> runJob(Owners& owners, Random& random, JobPlan plan,
                       std::function<runtime::Task<JobOutcome>()> body);

/// A failure of our own store, as an outcome: it keeps its party and kind.
Error notStored(Error error);

}  // namespace arrivald::watch
