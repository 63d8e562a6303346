// Job: a body that runs by a schedule, never twice at once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/schedule.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Runs that were missed, because the machine slept, its wall clock was set or the body took too long, are
/// made up for by one. "every" follows the clock that never steps; cron follows the wall clock and looks at
/// it at least once a minute. Loop thread only.
class Job {
 public:
  using Body = std::function<Task<>()>;
  /// Uniform in [0,1); decides the jitter.
  using Random = std::function<double()>;
  /// Told what() of an exception of the body; the job goes on.
  using OnFailure = std::function<void(std::string_view what)>;

  Job(boost::asio::any_io_executor executor, Clock& clock, Schedule schedule, Random random, Body body,
      OnFailure onFailure);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job();

  /// Endless: belongs in a TaskGroup, once. The first run is due one period from now, unless runNow() was
  /// called before. Throws system_error(operation_aborted) on cancellation, when the body has ended.
  Task<> run();

  /// Runs the body at once or, if it is running, once more when it has ended. However often it is called,
  /// that is one run.
  void runNow();

  bool running() const;
  /// Runs begun so far.
  std::uint64_t runs() const;
  /// By the wall clock; none before run(), and `next` none while running.
  std::optional<Instant> lastStart() const;
  std::optional<Instant> lastEnd() const;
  std::optional<Instant> next() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::runtime
