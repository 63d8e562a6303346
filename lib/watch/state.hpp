// State: what the daemon knows, in memory and in the store. Lives as long as the process; a reload changes
// who reads and judges, not what is known.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "metrics/registry.hpp"
#include "rules/alert.hpp"
#include "rules/evaluate.hpp"
#include "rules/window_facts.hpp"
#include "statuspage/status_summary.hpp"
#include "store/alerts_table.hpp"
#include "store/events_table.hpp"
#include "store/meta_table.hpp"
#include "store/statistics_table.hpp"
#include "store/suppressions_table.hpp"
#include "stream/aggregator.hpp"
#include "suppression/index.hpp"
#include "watch/causes_seen.hpp"
#include "watch/jobs.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

/// A change that was told, for the page's history.
struct Told {
  Instant at{};
  std::string change;
  rules::Change::Kind kind{};
  rules::AlertKey key;
  rules::Severity severity{};
};

class State {
 public:
  State(store::Database& database, Clock& clock, metrics::Registry& registry);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Reads everything back, and moves it if the wall clock was set back while we were away.
  Done load();

  /// Books an answer about statistics: ledger, windows, totals, store and metrics, in one transaction. If the
  /// store refuses, memory goes on and everything is written anew at the next chance.
  Done book(const delivery::Read& read);
  /// Books what the event stream told, in one transaction; `bookedTo` is the last batch of the store that is
  /// in it.
  Done addStream(const std::vector<stream::Aggregator::Flush>& flushes,
                 const std::vector<std::string>& accounts, std::int64_t flushedTo);
  std::int64_t eventsFlushedTo() const { return eventsFlushedTo_; }

  /// Entries that are new to a list are kept and counted; the others are taken out of `page`. `crawl` is true
  /// for pages of a full crawl.
  Done addEntries(const std::string& account, suppression::List list, std::vector<suppression::Entry>& page,
                  bool crawl);
  Done finishCrawl(const std::string& account, suppression::List list, Instant crawledTo);
  Done putProgress(const std::string& account, suppression::List list, const store::ListProgress& progress);
  suppression::Index& index(const std::string& account, suppression::List list);
  store::ListProgress progress(const std::string& account, suppression::List list);
  /// New entries in (end − window, end]; nothing before the first complete crawl, or if it began within the
  /// window.
  std::optional<std::int64_t> listGrowth(const std::string& account, suppression::List list, Duration window,
                                         Instant end);

  /// Alerts and the notifications about their changes, in one transaction.
  Done putVerdict(rules::Verdict verdict, const std::vector<Outgoing>& notifications);

  /// Moves everything that remembers wall time if the clock was set; call before using the clock for anything
  /// that is kept.
  void noticeClockStep();

  Jobs& jobs() { return jobs_; }
  const Jobs& jobs() const { return jobs_; }
  /// Accounts that the configuration no longer names are forgotten; Jobs::retain() follows.
  void retain(const config::Config& config);

  const delivery::Ledger& ledger() const { return ledger_; }
  /// What the statistics say.
  const delivery::Windows& windows() const { return windows_; }
  /// What the event stream says: of accounts, categories and groups of receivers.
  const delivery::Windows& streamed() const { return streamed_; }
  /// By account and its own days: what the event stream told of them.
  const std::map<std::pair<std::string, Date>, delivery::Counts>& streamedDays() const {
    return streamedDays_;
  }
  /// The series to show and to judge by now: the stream's while it lives, else the statistics'. Null if
  /// nothing is known of the subject.
  const delivery::Series* series(const delivery::Subject& subject) const;
  /// Whether the account's stream tells all that happens: a batch came within ten minutes, or the statistics
  /// have not moved either since the last one. Silence beyond that is unknown, not zero.
  bool streamAlive(const std::string& account, Instant now) const;
  const std::vector<rules::Alert>& alerts() const { return alerts_; }
  const std::vector<Told>& reported() const { return told_; }
  Outbox& outbox() { return outbox_; }
  store::EventsTable& events() { return events_; }
  store::Database& database() { return database_; }
  Clock& clock() { return clock_; }
  metrics::Registry& registry() { return registry_; }
  /// The provider's totals of the account's current day.
  std::optional<delivery::Counts> today(const delivery::Subject& subject, Date date) const;

  /// Why mail did not arrive lately.
  CausesSeen causesSeen;
  rules::Profiles profiles;
  Instant profilesLearned{};
  rules::Past past;  ///< emptied when the wall clock is set
  std::optional<statuspage::StatusSummary> statusSummary;
  std::optional<Instant> statusRead;
  /// By account: what its key may not do and what stops working without it; for people.
  std::map<std::string, std::vector<std::string>> missingScopes;
  /// By account: when its event stream was first listened for, and when the last genuine batch came.
  struct Stream {
    Instant since{};
    std::optional<Instant> lastBatch;
    std::optional<Instant> lastTest;  ///< when the provider's test events came
  };
  std::map<std::string, Stream> streams;
  /// By account: what is wrong with its stream's settings at the provider; empty: all is well.
  std::map<std::string, std::string> streamSettings;
  /// By account: "compliance_suspend" and the like, as its event stream told; empty once it was reactivated.
  std::map<std::string, std::string> accountStatus;
  struct Receiver {
    std::string name;
    std::int64_t inFlight = 0, overdue = 0, delivered = 0;
    Duration oldest{};
    std::optional<Duration> median, p95;
  };
  /// An account's groups of receivers, those with most trouble first; empty without an event stream.
  std::function<std::vector<Receiver>(const std::string& account)> receivers;
  /// Of an account or a group of receivers; set by the event stream, empty without one.
  std::function<std::optional<rules::Facts::Waiting>(const delivery::Subject&, Duration after,
                                                     Duration window, Instant now)>
      waiting;
  /// Of an account, a category or a group of receivers; set by the event stream, empty without one.
  std::function<std::optional<stream::LatencyWindow::Summary>(const delivery::Subject&, Duration window,
                                                              Instant now)>
      latency;
  Instant started{};
  bool storeTrouble = false;  ///< the last write failed; said on the page and by /readyz

 private:
  Done rewrite();
  void putStreamed();
  void rememberTold(const rules::Verdict& verdict);

  store::Database& database_;
  Clock& clock_;
  metrics::Registry& registry_;
  StepDetector steps_;
  delivery::Ledger ledger_;
  delivery::Windows windows_;
  delivery::Windows streamed_;
  std::map<std::pair<std::string, Date>, delivery::Counts> streamedDays_;
  std::int64_t eventsFlushedTo_ = 0;
  std::map<delivery::Subject, delivery::Counts> totals_;
  std::vector<rules::Alert> alerts_;
  std::vector<Told> told_;
  std::map<std::pair<std::string, suppression::List>, suppression::Index> indexes_;
  Jobs jobs_;
  store::StatisticsTable statisticsTable_;
  store::SeriesTable streamedTable_;
  store::EventsTable events_;
  store::AlertsTable alertsTable_;
  Outbox outbox_;
  store::SuppressionsTable suppressionsTable_;
  store::MetaTable meta_;
};

}  // namespace arrivald::watch
