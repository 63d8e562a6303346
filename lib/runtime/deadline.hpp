// Deadline: one timer for everything that one connection may wait for; withDeadline: a limit for one task.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Calls back once when the time set last has run out. Moving it later costs no timer operation. Loop thread
/// only.
class Deadline {
 public:
  /// `onExpiry` closes what is being waited for; it is not called after destruction.
  Deadline(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// The time runs out `span` from now, unless `latest` set by total() is earlier.
  void within(Duration span);
  /// However often within() is called, the time runs out `span` from now at the latest.
  void total(Duration span);
  /// Forgets both times.
  void off();
  /// True for good once the time has run out.
  bool expired() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs `task` and cancels it when it takes longer than `span`. Ends when the task has ended, in either case,
/// so what the task refers to may go afterwards. False if time ran out. Throws what the task throws, but for
/// the operation_aborted of the time-out; a cancellation from outside is passed on to the task.
Task<bool> endsWithin(Clock& clock, Duration span, Task<> task);

namespace detail {
template <class T>
Task<> store(std::optional<T>& into, Task<T> task) {
  auto value = co_await std::move(task);
  into.emplace(std::move(value));
}
}  // namespace detail

/// The task's result, or `late` when it takes longer than `span`. A success that comes together with the end
/// of the time counts as in time.
template <class T, class E>
Task<Result<T, E>> withDeadline(Clock& clock, Duration span, Task<Result<T, E>> task, E late) {
  std::optional<Result<T, E>> result;
  auto storing = detail::store(result, std::move(task));
  const bool inTime = co_await endsWithin(clock, span, std::move(storing));
  if (result && (inTime || result->ok())) {
    co_return std::move(*result);
  }
  co_return Result<T, E>(std::move(late));
}

}  // namespace arrivald::runtime
