// TaskGroup: the endless loops of one owner, started, cancelled and waited for together.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Make it the last member of its owner: its tasks refer to what stands before it. Lives on the loop thread.
class TaskGroup {
 public:
  /// Called when a task ends by an exception other than cancellation: its name and what() of the exception.
  using OnFailure = std::function<void(std::string_view name, std::string_view what)>;

  TaskGroup(boost::asio::any_io_executor executor, OnFailure onFailure);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// All tasks must have ended: stop() and join() first.
  ~TaskGroup();

  /// Starts `task`. After stop() nothing is started any more and the task is dropped unstarted.
  void spawn(std::string name, Task<> task);

  /// Cancels every task, once; they end at their next await.
  void stop();

  /// Ends when every task has ended. Not cancellable itself.
  Task<> join();

  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::runtime
