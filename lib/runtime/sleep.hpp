// sleep: waiting by the injected clock, so that a test or the demo decides how long a second is.
#pragma once

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Ends when the clock that never steps has advanced by `span`. Throws system_error(operation_aborted) on
/// cancellation.
Task<> sleepFor(Clock& clock, Duration span);

/// Ends after `span` by the clock that never steps, or earlier: when the clock says that waits have to be
/// worked out anew, and after an hour. Throws system_error(operation_aborted) on cancellation.
Task<> waitAtMost(Clock& clock, Duration span);

/// Ends when wall time has reached `instant`, also if it was set there. Looks again at least every minute,
/// since the machine does not tell when its wall clock is set. Throws system_error(operation_aborted) on
/// cancellation.
Task<> sleepUntil(Clock& clock, Instant instant);

}  // namespace arrivald::runtime
