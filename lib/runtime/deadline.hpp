// Deadline: one timer for all operations of a connection; withDeadline(): a time limit for one task.
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

/// Calls back once when the time set last expires. Postponing it costs no timer operation. Resource; loop
/// thread only.
class Deadline {
 public:
  /// `onExpiry` should close what is being waited for. It is not called after destruction.
  Deadline(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// Expires `span` from now, or at the time set by total() if that is earlier.
  void within(Duration span);
  /// Expires `span` from now at the latest, whatever within() is set to later.
  void total(Duration span);
  /// Clears both times.
  void off();
  /// True, permanently, once it has expired.
  bool expired() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs `task` and cancels it when it takes longer than `span`. In either case this ends only when the task
/// has ended, so objects that the task refers to may be destroyed afterwards. False if the time expired.
/// Throws what the task throws, except the operation_aborted of the time-out; a cancellation from outside is
/// passed on to the task.
Task<bool> endsWithin(Clock& clock, Duration span, Task<> task);

namespace detail {
template <class T>
Task<> store(std::optional<T>& into, Task<T> task) {
  auto value = co_await std::move(task);
  into.emplace(std::move(value));
}
}  // namespace detail

/// The task's result, or `late` if it takes longer than `span`. A success that coincides with the expiry
/// counts as in time.
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
