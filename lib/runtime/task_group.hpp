// TaskGroup: the endless loops of one owner, started, cancelled and waited for together.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Make it the last member of its owner: its tasks refer to what stands before it. Lives on the loop thread.
class TaskGroup {
 public:
  static constexpr std::size_t kDefaultLimit = 1024;

  /// Called when a task ends by an exception other than cancellation: its name and what() of the exception.
  using OnFailure = std::function<void(std::string_view name, std::string_view what)>;

  /// At most `limit` tasks at once.
  TaskGroup(boost::asio::any_io_executor executor, OnFailure onFailure, std::size_t limit = kDefaultLimit);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// All tasks must have ended: stop() and join() first.
  ~TaskGroup();

  /// Starts `task` and is true. False, the task dropped unstarted, after stop() or when the group is full.
  bool spawn(std::string name, Task<> task);

  /// Cancels every task, once, when the loop comes to it: what a task waits for is given up, and every later
  /// await throws unless the task resets its cancellation.
  void stop();

  /// Ends when every task has ended, those included that are started meanwhile. Not cancellable itself.
  Task<> join();

  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::runtime
