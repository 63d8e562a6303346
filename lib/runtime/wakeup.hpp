// Wakeup: wakes loops that wait for new work.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Resource. Loop thread only. Any number of tasks may wait at once; wake() wakes all of them.
class Wakeup {
 public:
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void wake();
  /// Ends at the next wake(), or after `max` by the monotonic clock. A wake() before the call has no effect:
  /// check for work after the last suspension and before this call. Throws
  /// system_error(operation_aborted) on cancellation.
  Task<> wait(Clock& clock, Duration max);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with waiting tasks, which may be destroyed before or after this
};

}  // namespace arrivald::runtime
