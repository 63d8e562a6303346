// Jobs: the state of each configured task, for the page, `status`, the rules' readings and the metrics of
// tasks.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "metrics/registry.hpp"

namespace arrivald::watch {

struct TaskId {
  std::string account;  ///< empty for tasks of no account
  std::string task;     ///< "statistics", "mailbox_providers", "crawl", …
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// A value. Times are of the present wall clock.
struct JobState {
  Duration period{};
  /// When reading began: the latest of start, reload and resume from suspension.
  Instant since{};
  std::optional<Instant> lastRun;
  std::optional<Instant> lastSuccess;
  std::optional<Instant> nextRun;  ///< the run that is awaited; none while running
  Duration took{};
  int failuresInARow = 0;
  std::optional<Error> error;  ///< of the last run; none after a success
  bool running = false;
};

/// Resource; loop thread only. Written by runJob() only.
class Jobs {
 public:
  using Map = std::map<TaskId, JobState>;

  Jobs(Clock& clock, metrics::Registry& registry);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Null if there is no such task. The pointer is valid until retain().
  const JobState* at(const std::string& account, const std::string& task) const;
  Map::const_iterator begin() const { return jobs_.begin(); }
  Map::const_iterator end() const { return jobs_.end(); }

  /// The task exists from now on and runs about every `period`. Its counters of failures by `asks` start with
  /// 0.
  void added(const TaskId& id, Duration period, Party asks);
  void planned(const TaskId& id, Instant next);
  /// `missed`: how many runs were skipped before this one.
  void started(const TaskId& id, std::int64_t missed);
  /// Returns how many failures in a row this success ends.
  int succeeded(const TaskId& id, Duration took);
  void failed(const TaskId& id, Error error, Duration took);
  /// The run was cancelled and has no result.
  void stopped(const TaskId& id);

  /// Call it after a start or a reload. Removes other tasks and their metrics. The ages of the others grow
  /// on: however often a reload comes, a source that is not read is noticed.
  void retain(const std::vector<TaskId>& configured);
  /// Moves all stored wall times except `nextRun`, which the waiting job sets again.
  void shift(Duration step);
  /// Detects that the machine was suspended; true if it was. Call it at least every minute.
  bool noticeSuspend();

 private:
  JobState& entry(const TaskId& id);

  Clock& clock_;
  metrics::Registry& registry_;
  Map jobs_;
  std::optional<Duration> observedAt_;  // by the monotonic clock
};

}  // namespace arrivald::watch
