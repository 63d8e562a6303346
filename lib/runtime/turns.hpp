// Turns: lets tasks that are about to do much at once begin one after another, and everything else between.
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Resource. Loop thread only. Without it, a task that wakes beside many others runs after all of them: here
/// the loop serves whatever else is ready before the next one begins.
class Turns {
 public:
  /// At most `max` tasks wait.
  explicit Turns(std::size_t max);
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// True in its turn: until its next suspension the caller is alone. False at once where too many wait.
  /// Throws system_error(operation_aborted) on cancellation.
  Task<bool> mine();

 private:
  struct State;
  class Place;
  std::shared_ptr<State> state_;  // shared with waiting tasks, which may be destroyed before or after this
};

}  // namespace arrivald::runtime
