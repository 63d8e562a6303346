#include "runtime/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <list>

namespace arrivald::runtime {

namespace asio = boost::asio;

struct TaskGroup::State {
  struct Running {
    std::uint64_t number;
    std::string name;
    asio::cancellation_signal cancel;
  };

  State(asio::any_io_executor on, OnFailure report, std::size_t max)
      : executor(std::move(on)),
        onFailure(std::move(report)),
        limit(max),
        ended(executor, asio::steady_timer::time_point::max()) {}

  asio::any_io_executor executor;
  OnFailure onFailure;
  std::size_t limit;
  std::list<Running> running;
  std::uint64_t started = 0;
  asio::steady_timer ended;  // never expires; cancelled to wake join()
  bool stopped = false;

  void report(const std::string& name, const std::exception_ptr& failure) const {
    try {
      std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted && onFailure) onFailure(name, error.what());
    } catch (const std::exception& error) {
      if (onFailure) onFailure(name, error.what());
    } catch (...) {
      if (onFailure) onFailure(name, "an object that is not a std::exception was thrown");
    }
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure onFailure, std::size_t limit)
    : state_(std::make_shared<State>(std::move(executor), std::move(onFailure), limit)) {}

TaskGroup::~TaskGroup() { assert(state_->running.empty()); }

bool TaskGroup::spawn(std::string name, Task<> task) {
  if (state_->stopped || state_->running.size() >= state_->limit) return false;
  auto& entry = state_->running.emplace_back();
  entry.number = ++state_->started;
  entry.name = std::move(name);
  const auto position = std::prev(state_->running.end());
  // The completion handler keeps the state alive, since it may outlive the group if the loop is destroyed.
  auto finish = [state = state_, position](std::exception_ptr failure) {
    const auto taskName = std::move(position->name);
    state->running.erase(position);
    if (failure) state->report(taskName, failure);
    if (state->running.empty()) state->ended.cancel();
  };
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(position->cancel.slot(), std::move(finish)));
  return true;
}

void TaskGroup::stop() {
  state_->stopped = true;
  // Posted, since cancelling may end a task at once, and the caller may run inside one of them.
  for (const auto& task : state_->running)
    asio::post(state_->executor, [weak = std::weak_ptr(state_), number = task.number] {
      const auto state = weak.lock();
      if (!state) return;
      for (auto& running : state->running)
        if (running.number == number) return running.cancel.emit(asio::cancellation_type::terminal);
    });
}

Task<> TaskGroup::join() {
  const auto state = state_;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (!state->running.empty()) {
    auto [error] = co_await state->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    state->ended.expires_at(asio::steady_timer::time_point::max());
  }
}

std::size_t TaskGroup::size() const { return state_->running.size(); }

}  // namespace arrivald::runtime
