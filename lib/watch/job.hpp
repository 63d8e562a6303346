// job: runs one task repeatedly, never concurrently with itself, and retries after failures. Runs on the
// loop's thread; what it takes by reference must outlive the task.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "runtime/task.hpp"
#include "watch/configured_jobs.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// Uniform in [0,1); injected for tests.
using Random = std::function<double()>;

/// The error of a run, or nothing.
using JobOutcome = std::optional<Error>;

/// Endless; ends by cancellation: with operation_aborted, or without an exception if a run was in progress.
/// Runs are due according to Timetable; a failed run is retried according to Backoff, or within a minute once
/// another task works that had failed on the same side (`Jobs::worksAgain()`). Failures are counted,
/// and logged once for each kind and once more when they need somebody to act; an exception of the body is a
/// failure of Error::Kind::bug. Every result is recorded in Owners::jobs().
runtime::Task<> runJob(Owners& owners, Random& random, JobPlan plan,
                       std::function<runtime::Task<JobOutcome>()> body);
/// The same; asked after each success, `soon` says how soon it runs again where its schedule is too late.
using RunSoon = std::function<std::optional<Duration>()>;
runtime::Task<> runJob(Owners& owners, Random& random, JobPlan plan,
                       std::function<runtime::Task<JobOutcome>()> body, RunSoon soon);

/// An error of the store as a task's outcome; keeps its party and kind.
Error notStored(Error error);

}  // namespace arrivald::watch
