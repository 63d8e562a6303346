// Registry: all exported metrics; their names, types and help texts are in catalogue.cpp. All calls on the
// loop thread; none blocks or fails. Names from outside are bounded in length and number, so the size of a
// scrape is bounded too. Addresses never become labels: everything that looks like one is masked.
//
// Metrics with few series (per account, task, process) use prometheus-cpp; those per subject are MailSeries.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/instant.hpp"
#include "delivery/subject.hpp"
#include "metrics/dmarc_numbers.hpp"
#include "metrics/mail_series.hpp"
#include "rules/alert.hpp"

namespace arrivald::metrics {

/// One polling task of one account.
class TaskSeries {
 public:
  virtual ~TaskSeries() = default;
  virtual void succeeded(Duration took, Instant at) = 0;
  virtual void failed(Party party, Error::Kind kind, Duration took) = 0;
  /// Exports the counter of such failures with 0 from now on.
  virtual void mayFail(Party party, Error::Kind kind) = 0;
  virtual void missed(std::int64_t runs) = 0;
};

/// The delivery times of one group of receivers. Valid as long as the registry.
class LatencySeries {
 public:
  virtual ~LatencySeries() = default;
  virtual void observe(Duration latency) = 0;
};

/// What is configured: see Registry::retain().
struct Watched {
  std::vector<WatchedAccount> accounts;
  std::vector<Duration> windows;
  CardinalityLimits limits;
  std::vector<std::string> channels;        ///< names of notification channels
  std::vector<std::string> forwardTargets;  ///< of the event stream
};

/// Resource. Loop thread only. `clock` is used to compute ages at a scrape.
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
  /// Limits of the series that are made from now on; retain() applies them to the others.
  void use(const CardinalityLimits& limits);
  /// To be called after the start and after each change of the configuration. Removes the series of accounts,
  /// tasks, dimensions, lists, domain groups, windows, channels and targets that are not in `watched`, and
  /// exports the error counters of those that are, with 0. Limits that became lower fold the names with the
  /// fewest requests; limits that became higher let folded names have series of their own. References to
  /// removed subjects become invalid; those to tasks, and what streamLatency() returned, stay valid.
  void retain(const Watched& watched);
  void corrected(std::string_view account, delivery::Dimension dimension, std::int64_t cells);
  /// Sets when any of the provider's numbers of this account was last seen to change.
  void dataChanged(std::string_view account, Instant at);

  // Polling. The reference is valid until the task is forgotten.
  TaskSeries& task(std::string_view account, std::string_view task);
  /// Removes all series of a task; its reference becomes invalid.
  void forgetTask(std::string_view account, std::string_view task);
  /// Requests of sendgrid::RateBudget; unknown numbers are absent.
  void rateLimit(std::string_view account, std::string_view endpoint, std::optional<std::int64_t> limit,
                 std::optional<std::int64_t> remaining);
  /// What is unknown is not exported. `reputation` is from 0 to 100.
  void standing(std::string_view account, std::optional<std::int64_t> remaining,
                std::optional<std::int64_t> limit, std::optional<double> reputation);
  /// For how long the provider's statistics have been such as cannot be true; zero: they can be. What is
  /// unknown is not exported.
  void contradictory(std::string_view account, std::optional<Duration> lasts);
  /// `what`: "unknown_metrics", "bad_numbers", "bad_rows" or "repeated".
  void malformed(std::string_view account, std::string_view what, std::int64_t count);

  // Suppression lists.
  /// Until when the entries of a list are known.
  void listRead(std::string_view account, std::string_view list, Instant readTo);
  void listSize(std::string_view account, std::string_view list, std::int64_t entries);
  void listChanged(std::string_view account, std::string_view list, std::int64_t added, std::int64_t removed);
  /// `cause` as causes::name() spells a class.
  void listCause(std::string_view account, std::string_view list, std::string_view cause);
  void listCauseRemoved(std::string_view account, std::string_view list, std::string_view cause,
                        std::int64_t entries);
  /// Nothing: no series.
  void listCauseSize(std::string_view account, std::string_view list, std::string_view cause,
                     std::optional<std::int64_t> entries);

  // Releases; `cause` as above. An entry was taken off its list, its next mail arrived, or failed.
  void released(std::string_view account, std::string_view list, std::string_view cause);
  void releaseArrived(std::string_view account, std::string_view list, std::string_view cause);
  void releaseFailedAgain(std::string_view account, std::string_view list, std::string_view cause);

  // The event stream. `outcome`: one of knownValues(), or "unknown_account" with an empty account. After
  // retain(), counts of an account that it did not name are ignored: a batch may be committed late.
  void streamBatch(std::string_view account, std::string_view outcome);
  void streamEvents(std::string_view account, std::string_view event, std::int64_t count);
  /// Raises the counter to `total`, which was stored; never lowers it. Not restricted by retain().
  void streamEventsStored(std::string_view account, std::string_view event, std::int64_t total);
  /// `about`: "address", "message", "account" or "other".
  void streamDropped(std::string_view account, std::string_view about);
  void streamLate(std::string_view account, std::int64_t count);
  void streamRepeated(std::string_view account, std::int64_t count);
  void streamMalformed(std::string_view account, std::int64_t count);
  void streamLost(std::string_view account, std::int64_t count);
  /// Keep the result: looking up the series by its labels costs more than an observation.
  std::unique_ptr<LatencySeries> streamLatency(std::string_view account, std::string_view group);
  /// A percentile of the last hour; an empty latency removes the series. `percentile`: "50", "95", "99".
  void streamPercentile(const delivery::Subject& subject, std::string_view percentile,
                        std::optional<Duration> latency);
  void streamWaiting(std::string_view account, std::string_view group, std::int64_t messages,
                     std::int64_t overdue, Duration oldest);
  /// Batches that wait for a target of event_stream.forward, and how long the oldest of them has waited.
  void forwards(std::string_view target, std::int64_t waiting, Duration lag);
  /// `outcome`: "forwarded", "retried", "discarded".
  void forwarded(std::string_view target, std::string_view outcome);
  /// Of the last closed day, the statistics' count minus the event stream's. `what`: "processed" or
  /// "outcomes".
  void streamDifference(std::string_view account, std::string_view what, std::int64_t mails);
  /// How far one source currently lags behind the other; `source`: "statistics" or "events".
  void streamLag(std::string_view account, std::string_view source, Duration lag);

  /// Replaces all alerts. Inactive and resolved ones are ignored; those beyond kMaxAlerts are only counted.
  void alerts(const std::vector<rules::Alert>& alerts);

  /// Incidents of the account that go on, by their worst severity, and how many are acknowledged.
  void incidents(std::string_view account, const std::map<rules::Severity, int>& open, int acknowledged);
  void incidentOpened(std::string_view account);

  // Notifications.
  void notified(std::string_view channel, std::string_view outcome);
  /// Removes all series of a channel.
  void forgetChannel(std::string_view channel);
  void outbox(std::int64_t waiting, std::int64_t undeliverable, std::optional<Instant> oldest);
  void heartbeat(std::string_view outcome);
  /// The store takes what is written; also call it at the start.
  void storeWorks();
  /// The store has refused a transaction.
  void storeRefused(Error::Kind kind);

  // DMARC reports. `outcome` and `reason` as dmarc::Verdict spells them; the reason of a refusal only.
  void dmarcInput(std::string_view via, std::string_view outcome);
  void dmarcRefused(std::string_view reason);
  /// Replaces what is exported of a configured domain.
  void dmarcDomain(std::string_view domain, const DmarcNumbers& numbers);
  /// Removes all other domains.
  void retainDmarcDomains(const std::vector<std::string>& domains);

  // arrivald itself, and the provider's status page.
  void configAccepted(Instant at);
  void configRefused();
  void clockStepped(Duration step);
  /// `indicator`: 0 none … 3 critical.
  void statusPage(int indicator, std::int64_t unresolvedIncidents);
  void statusPageUnreadable();

  /// The exposition of all metrics in the text format. Reads /proc for the process metrics and does no other
  /// I/O; 10,000 series take about half a millisecond.
  std::string expose();
  /// The Content-Type of the text format 0.0.4.
  static std::string_view contentType();

  static constexpr std::size_t kMaxAlerts = 1'000;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::metrics
