// sleep: waits by the injected clock, so that tests and the demo control how fast time passes.
#pragma once

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Ends when the monotonic clock has advanced by `span`. Throws system_error(operation_aborted) on
/// cancellation.
Task<> sleepFor(Clock& clock, Duration span);

/// Ends after `span` by the monotonic clock, or earlier: when the clock was advanced by hand
/// (Clock::onChange()), and after an hour. Throws system_error(operation_aborted) on cancellation.
Task<> waitAtMost(Clock& clock, Duration span);

/// Lets everything else that is ready run first: between the steps of long work. Throws
/// system_error(operation_aborted) on cancellation.
Task<> yieldLoop();

}  // namespace arrivald::runtime
