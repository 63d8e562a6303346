// TaskGroup: the endless loops of one owner, started, cancelled and awaited together.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Resource. Loop thread only. It must be the last member of its owner, since its tasks refer to the members
/// before it.
class TaskGroup {
 public:
  static constexpr std::size_t kDefaultLimit = 1024;

  /// Called when a task ends with an exception other than cancellation: the task's name and the exception's
  /// what().
  using OnFailure = std::function<void(std::string_view name, std::string_view what)>;

  /// At most `limit` tasks at once.
  TaskGroup(boost::asio::any_io_executor executor, OnFailure onFailure, std::size_t limit = kDefaultLimit);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// All tasks must have ended: stop() and join() first.
  ~TaskGroup();

  /// Starts `task` and returns true. Returns false and drops the task unstarted after stop() or at the limit.
  bool spawn(std::string name, Task<> task);

  /// Cancels every task once, asynchronously on the loop: the pending operation is cancelled, and every later
  /// await throws unless the task resets its cancellation state.
  void stop();

  /// Ends when all tasks have ended, including those started meanwhile. Not cancellable.
  Task<> join();

  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::runtime
