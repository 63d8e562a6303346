// EventAggregator: the aggregates of all accounts' events, in memory: counts until they are flushed, messages
// in flight, delivery times, and the tables in which incidents are found.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/stream_facts.hpp"
#include "stream/aggregator.hpp"
#include "watch/entry_events.hpp"
#include "watch/event_counts.hpp"
#include "watch/event_log.hpp"
#include "watch/mail_tables.hpp"
#include "watch/recent_causes.hpp"
#include "watch/stream_status.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class EventAggregator final : public EventConsumer {
 public:
  EventAggregator(store::Database& database, const Clock& clock, metrics::Registry& registry,
                  EventCounts& counts, StreamStatus& status, RecentCauses& causes,
                  const StoredEvents& stored);

  /// Applies the accounts, groups of receivers and limits of a configuration. Flushes the counts of removed
  /// accounts first. Returns the new accounts, whose stored events must be replayed.
  std::set<std::string> retain(const config::Config& configuration);
  void shift(Duration step);

  void consume(const std::string& account, std::string_view records) override;
  void replay(const store::EventBatchRow& batch) override;

  /// Flushes counts into the windows and metrics once a minute; ages a slice of the messages in flight.
  void tick();

  struct Receiver {
    std::string name;  ///< of the group
    stream::InFlight::Waiting waiting;
    stream::LatencyWindow::Summary lastHour;
  };
  /// An account's groups of receivers with mail in flight or delivered within the last hour, those with the
  /// most overdue mail first.
  std::vector<Receiver> receivers(const std::string& account) const;
  /// Null if the account has no event stream.
  const stream::Aggregator* find(const std::string& account) const;
  /// The account's failures that events told of late and that the rules have not looked at; see
  /// rules::StreamFacts.
  std::optional<rules::StreamFacts::CameLate> cameLate(const std::string& account) const;
  /// The rules have looked at what came late: once suffices.
  void lateLookedAt();
  const stream::DomainGroups& groups() const { return *groups_; }
  MailTables& tables() { return tables_; }
  const MailTables& tables() const { return tables_; }

 private:
  struct Account {
    std::unique_ptr<stream::Aggregator> aggregator;
    std::vector<std::unique_ptr<metrics::LatencySeries>> latencies = {};  // by group
    std::optional<rules::StreamFacts::CameLate> late = {};
    bool lateLookedAt = false;
  };
  void make(const config::Account& account);
  void flush(Instant now);
  void store(const std::vector<EventCounts::AccountFlush>& flushes, const std::set<std::string>& accounts);
  void tabulateWaiting(Instant now);
  void publishInFlight(const std::string& account, const stream::Aggregator& aggregator, Instant now);
  void tabulate(const std::string& account, const stream::Record& record,
                const stream::Aggregator::Effect& effect, std::optional<causes::Class> cause);
  std::optional<causes::Class> causeOf(const stream::Record& record) const;
  void noteStatus(const std::string& account, const stream::Record& record);
  void observe(const std::string& account, std::uint16_t group, Duration latency);

  const Clock& clock_;
  metrics::Registry& registry_;
  EventCounts& counts_;
  StreamStatus& status_;
  RecentCauses& causes_;
  const StoredEvents& stored_;
  config::EventStream settings_;
  std::shared_ptr<stream::DomainGroups> groups_;
  std::map<std::string, Account> accounts_;  // with an event stream
  MailTables tables_;
  std::optional<Instant> flushedAt_;
  EntryEvents entries_;
};

}  // namespace arrivald::watch
