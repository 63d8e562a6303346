// Wakeup: ends the waiting of loops that have nothing to do until something new comes.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Any number of tasks may wait at once; wake() ends the waiting of all of them. Loop thread only.
class Wakeup {
 public:
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void wake();
  /// Ends at the next wake(), or after `max` by the clock that never steps. A wake() before the call is not
  /// remembered: look for work after the last suspension and before this. Throws
  /// system_error(operation_aborted) on cancellation.
  Task<> wait(Clock& clock, Duration max);

 private:
  struct State;
  std::shared_ptr<State> state_;  // the waiting tasks hold it too: they may be dropped before or after this
};

}  // namespace arrivald::runtime
