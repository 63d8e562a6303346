// Jobs: how each task of the configuration goes; what the page, `status`, the rules' readings and the metrics
// of tasks know.
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

/// A value. Times are of the wall clock as it stands now.
struct JobState {
  Duration period{};
  /// When it began to be tried: the latest of start, reload and waking up from suspension.
  Instant since{};
  std::optional<Instant> lastRun;
  std::optional<Instant> lastSuccess;
  std::optional<Instant> nextRun;  ///< what is awaited; none while running
  Duration took{};
  int failuresInARow = 0;
  std::optional<Error> error;  ///< of the last run; none after a success
  bool running = false;
};

/// Resource, loop thread only. Written by runJob() alone.
class Jobs {
 public:
  using Map = std::map<TaskId, JobState>;

  Jobs(Clock& clock, metrics::Registry& registry);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Null if there is no such task. The reference is good until retain().
  const JobState* at(const std::string& account, const std::string& task) const;
  Map::const_iterator begin() const { return jobs_.begin(); }
  Map::const_iterator end() const { return jobs_.end(); }

  /// The task runs from now on, as often as `period`. What it fails by when it asks `asks` is counted from 0.
  void added(const TaskId& id, Duration period, Party asks);
  void planned(const TaskId& id, Instant next);
  /// `missed`: runs that were passed over before this one.
  void started(const TaskId& id, std::int64_t missed);
  /// Answers how many failures in a row have ended.
  int succeeded(const TaskId& id, Duration took);
  void failed(const TaskId& id, Error error, Duration took);
  /// It ended without having come to anything: it was cancelled.
  void stopped(const TaskId& id);

  /// After a start or a reload: other tasks are forgotten, their metrics too, and every source has its first
  /// chance before its age counts.
  void retain(const std::vector<TaskId>& configured);
  /// Moves all that remembers wall time, but for `nextRun`: whoever waits for it says anew what it is.
  void shift(Duration step);
  /// To be called at least every minute: sees that the machine was suspended.
  void noticeSuspend();

 private:
  JobState& entry(const TaskId& id);

  Clock& clock_;
  metrics::Registry& registry_;
  Map jobs_;
  std::optional<Duration> looked_;  // by the clock that never steps
};

}  // namespace arrivald::watch
