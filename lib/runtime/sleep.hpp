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

/// Ends when the wall clock reaches `instant`, also if it is set past it. Checks at least every minute, since
/// nothing notifies the process when the wall clock is set. Throws system_error(operation_aborted) on
/// cancellation.
Task<> sleepUntil(Clock& clock, Instant instant);

}  // namespace arrivald::runtime
