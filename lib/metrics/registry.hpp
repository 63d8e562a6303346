// Registry: every exported metric. Their names, types and help texts are in catalogue.cpp; here is who may
// write what. All calls on the loop thread; none waits or fails. Names from outside are bounded in length and
// number, so a scrape's size is bounded too. No address ever becomes a label: what looks like one is masked.
//
// The few metrics (an account's, a task's, our own) are prometheus-cpp's; the many (a subject's) are
// MailSeries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/instant.hpp"
#include "delivery/subject.hpp"
#include "metrics/mail_series.hpp"
#include "rules/alert.hpp"

namespace arrivald::metrics {

/// One polling task of one account.
class TaskSeries {
 public:
  virtual ~TaskSeries() = default;
  virtual void succeeded(Duration took, Instant at) = 0;
  virtual void failed(Party party, Error::Kind kind, Duration took) = 0;
  /// Begins to count such failures, at 0.
  virtual void mayFail(Party party, Error::Kind kind) = 0;
  virtual void missed(std::int64_t runs) = 0;
};

/// What is configured to be watched: see Registry::retain.
struct Watched {
  std::vector<WatchedAccount> accounts;
  std::vector<Duration> windows;
  std::vector<std::string> channels;        ///< of notifications
  std::vector<std::string> forwardTargets;  ///< of the event stream
};

/// Resource. `clock` tells ages at a scrape.
class Registry {
 public:
  Registry(const Clock& clock, std::string_view version, CardinalityLimits limits,
           std::string_view revision = "unknown");
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Mail. Keep the reference; see MailSeries::at().
  SubjectSeries& subject(const delivery::Subject& subject);
  void forget(const delivery::Subject& subject);
  /// Everything about an account that is no longer configured; its references end.
  void forgetAccount(std::string_view account);
  /// Call after each change of the configuration, and once after the start. Takes away the series of
  /// accounts, tasks, dimensions, lists, groups of receivers, windows, channels and targets that are not
  /// watched (any more), and makes error counters of those that are, with 0. References to their subjects
  /// end; those to tasks and what streamLatency() gave stay good.
  void retain(const Watched& watched);
  void corrected(std::string_view account, delivery::Dimension dimension, std::int64_t cells);
  /// When one of the provider's numbers of this account was last seen to move.
  void dataChanged(std::string_view account, Instant at);

  // Polling. The reference stays good until the account or the task is forgotten.
  TaskSeries& task(std::string_view account, std::string_view task);
  /// All series of one task; its reference ends.
  void forgetTask(std::string_view account, std::string_view task);
  /// What a client's budgets say; unknown numbers are absent.
  void rateLimit(std::string_view account, std::string_view endpoint, std::optional<std::int64_t> limit,
                 std::optional<std::int64_t> remaining);
  /// `what`: "unknown_metrics", "bad_numbers", "bad_rows", "repeated".
  void malformed(std::string_view account, std::string_view what, std::int64_t count);

  // Suppression lists.
  void listSize(std::string_view account, std::string_view list, std::int64_t entries);
  void listChanged(std::string_view account, std::string_view list, std::int64_t added, std::int64_t removed);
  /// `cause` as causes::name() spells a class.
  void listCause(std::string_view account, std::string_view cause);

  // The event stream. `outcome`: one of knownValues(), or "unknown_account" of the account "".
  void streamBatch(std::string_view account, std::string_view outcome);
  void streamEvents(std::string_view account, std::string_view event, std::int64_t count);
  void streamRepeated(std::string_view account, std::int64_t count);
  void streamMalformed(std::string_view account, std::int64_t count);
  void streamLost(std::string_view account, std::int64_t count);
  /// To be kept: finding the series by its labels costs more than observing. Good as long as the registry.
  std::function<void(Duration)> streamLatency(std::string_view account, std::string_view group);
  /// Over the last hour; 0 mails take the series away. `percentile`: "50", "95", "99".
  void streamPercentile(const delivery::Subject& subject, std::string_view percentile,
                        std::optional<Duration> latency);
  void streamWaiting(std::string_view account, std::string_view group, std::int64_t messages,
                     std::int64_t overdue, Duration oldest);
  /// Batches that wait for a target of event_stream.forward, and for how long the oldest has.
  void forwards(std::string_view target, std::int64_t waiting, Duration lag);
  /// `outcome`: "forwarded", "retried", "discarded".
  void forwarded(std::string_view target, std::string_view outcome);
  /// Of the last closed day: what the statistics count minus what the stream does. `what`: "processed",
  /// "outcomes".
  void streamDifference(std::string_view account, std::string_view what, std::int64_t mails);
  /// How far one source is behind the other now; `source`: "statistics", "events".
  void streamLag(std::string_view account, std::string_view source, Duration lag);

  /// Takes the place of all alerts there were. Inactive and resolved ones are left out; those beyond
  /// kMaxAlerts are only counted.
  void alerts(const std::vector<rules::Alert>& alerts);

  // Telling.
  void notified(std::string_view channel, std::string_view outcome);
  /// Everything about a channel that is no longer configured.
  void forgetChannel(std::string_view channel);
  void outbox(std::int64_t waiting, std::int64_t undeliverable, std::optional<Instant> oldest);
  void heartbeat(std::string_view outcome);

  // Ourselves, and the provider's word.
  void configAccepted(Instant at);
  void configRefused();
  void clockStepped(Duration step);
  /// `indicator`: 0 none … 3 critical.
  void statusPage(int indicator, std::int64_t unresolvedIncidents);
  void statusPageUnreadable();

  /// The whole exposition. Reads /proc for the process metrics and touches nothing else outside; 10,000
  /// series take about half a millisecond.
  std::string expose();
  /// Of the text format 0.0.4.
  static std::string_view contentType();

  static constexpr std::size_t kMaxAlerts = 1'000;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::metrics
