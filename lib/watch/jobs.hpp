// Jobs: the state of each configured task, for the page, `status`, the rules' readings and the metrics of
// tasks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "metrics/registry.hpp"
#include "watch/configured_jobs.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// A value. Times are of the present wall clock.
struct JobState {
  Duration period{};
  /// When reading began: the latest of start, reload and resume from suspension.
  Instant since{};
  std::optional<Instant> lastRun;
  std::optional<Instant> lastSuccess;
  std::optional<Instant> lastProgress;  ///< a long run has read and stored another part
  std::optional<Instant> nextRun;       ///< the run that is awaited; none while running
  Duration took{};
  int failuresInARow = 0;
  std::optional<Error> error;   ///< of the last run; none after a success
  bool providerFailed = false;  ///< since the last success SendGrid has answered once that it fails (5xx)
  bool running = false;
};

/// The kind of the failures since the last success, where one among them tells more than the last: whose
/// side a time-out or half an answer is on is known from a 5xx beside it. Nothing after a success.
std::optional<Error::Kind> tellingKindOf(const JobState& job);

/// Resource; loop thread only. Between configurations written by runJob() only. Stores nothing.
class Jobs final : public Owner {
 public:
  using Map = std::map<TaskId, JobState>;

  Jobs(Clock& clock, metrics::Registry& registry);

  /// Null if there is no such job. The pointer is valid until retain().
  const JobState* at(const std::string& account, JobKind kind) const;
  Map::const_iterator begin() const { return jobs_.begin(); }
  Map::const_iterator end() const { return jobs_.end(); }

  /// The task exists from now on and runs about every `period`. Its counters of failures by `asks` start with
  /// 0.
  void added(const TaskId& id, Duration period, Party asks);
  void planned(const TaskId& id, Instant next);
  /// `missed`: how many runs were skipped before this one.
  void started(const TaskId& id, std::int64_t missed);
  /// A task that is not known is left unknown.
  void progressed(const TaskId& id);
  /// Returns how many failures in a row this success ends.
  int succeeded(const TaskId& id, Duration took);
  void failed(const TaskId& id, Error error, Duration took);
  /// The run was cancelled and has no result.
  void stopped(const TaskId& id);
  /// Whether, since `at` of Clock::sinceBoot(), a task works again that had failed on the same side as `id`:
  /// what stopped both is over. Of the network's side any task counts, of others those of the same account.
  bool worksAgain(const TaskId& id, Party side, Duration at) const;

  /// Removes other tasks and their metrics. The ages of those that stay grow on: however often a reload
  /// comes, a source that is not read is noticed.
  void retain(const config::Config& configuration) override;
  /// Moves all wall times except `nextRun`, which the waiting job sets again.
  void shift(Duration step) override;
  std::vector<Owner*> shiftNotStored() override { return {}; }
  /// Detects that the machine was suspended; true if it was. Call it at least every minute.
  bool noticeSuspend();

 private:
  JobState& entry(const TaskId& id);

  Clock& clock_;
  metrics::Registry& registry_;
  Map jobs_;
  /// When a task that had failed last worked again, by the monotonic clock: by account ("" of the network)
  /// and side.
  std::map<std::pair<std::string, Party>, Duration> worksSince_;
  std::optional<Duration> observedAt_;  // by the monotonic clock
};

}  // namespace arrivald::watch
