// run_task: coroutines in tests. runTask() makes one a plain call; Running starts one to be watched and
// cancelled.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "runtime/task.hpp"

namespace arrivald::testing {

/// Runs the loop until `reached` says so; false if it has not after ten seconds of real time, which only a
/// broken test ever waits for.
inline bool pumpUntil(boost::asio::io_context& io, const std::function<bool()>& reached) {
  const auto giveUp = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!reached()) {
    if (std::chrono::steady_clock::now() > giveUp) return false;
    if (io.stopped()) io.restart();
    io.run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// Handles everything that is ready, without waiting for anything.
inline void drain(boost::asio::io_context& io) {
  if (io.stopped()) io.restart();
  io.poll();
}

template <class T>
runtime::Task<> storeInto(std::optional<T>& value, runtime::Task<T> task) {
  auto result = co_await std::move(task);
  value.emplace(std::move(result));
}

/// A task under way. Cancelled, but not waited for, when destroyed.
class RunningTask {
 public:
  RunningTask(boost::asio::io_context& io, runtime::Task<> task)
      : state_(std::make_shared<State>(io.get_executor())) {
    boost::asio::co_spawn(io, std::move(task),
                          boost::asio::bind_cancellation_slot(state_->signal.slot(),
                                                              [state = state_](std::exception_ptr failure) {
                                                                state->thrown = failure;
                                                                state->ended = true;
                                                              }));
  }

  bool ended() const { return state_->ended; }
  /// At once if called on the loop, otherwise when the loop comes to it.
  void cancel() {
    boost::asio::dispatch(state_->executor, [state = state_] {
      if (!state->ended) state->signal.emit(boost::asio::cancellation_type::terminal);
    });
  }
  /// What the task threw, if anything, is thrown.
  void check() const {
    if (state_->thrown) std::rethrow_exception(state_->thrown);
  }

 private:
  struct State {
    explicit State(boost::asio::any_io_executor on) : executor(std::move(on)) {}
    boost::asio::any_io_executor executor;
    boost::asio::cancellation_signal signal;
    std::exception_ptr thrown;
    bool ended = false;
  };
  std::shared_ptr<State> state_;
};

inline void runTask(boost::asio::io_context& io, runtime::Task<> task) {
  const RunningTask running(io, std::move(task));
  if (!pumpUntil(io, [&] { return running.ended(); }))
    throw std::runtime_error("the task waits for what never happens");
  running.check();
}

/// The task's value, or what it threw.
template <class T>
T runTask(boost::asio::io_context& io, runtime::Task<T> task) {
  std::optional<T> value;
  runTask(io, storeInto(value, std::move(task)));
  return std::move(*value);
}

template <class T>
T runTask(runtime::Task<T> task) {
  boost::asio::io_context io;
  return runTask(io, std::move(task));
}

}  // namespace arrivald::testing
