// EventStream: owns the parts that process the provider's events; each part is a file of its own.
#pragma once

#include "watch/event_aggregator.hpp"
#include "watch/event_counts.hpp"
#include "watch/event_log.hpp"
#include "watch/event_query.hpp"
#include "watch/event_receiver.hpp"
#include "watch/forward_queue.hpp"
#include "watch/stored_events.hpp"
#include "watch/stream_status.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. The parts are members in the order of their dependencies.
class EventStream final : public Owner {
 public:
  EventStream(boost::asio::any_io_executor executor, store::Database& database, Clock& clock,
              metrics::Registry& registry, StoreHealth& health, const Statistics& statistics,
              RecentCauses& causes);

  void load() override;
  void retain(const config::Config& configuration) override;
  void retainMissed() override { forwards_.retainMissed(); }
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  std::vector<Owner*> shiftNotStored() override {
    counts_.shiftNotStored();
    return {&stored_, &forwards_};
  }
  void storeReopened() override;
  bool storeMissing() override;

  /// Flushes counts, and ages and prunes old events in slices. Call it every few seconds.
  void tick();

  /// Whether the configuration has the subject's mail counted from events: that of an account with a stream,
  /// and among receivers the configured groups and the registered domains that none of these takes in.
  bool watches(const delivery::Subject& subject) const;

  const RefusedBatches& refused() const { return refused_; }
  StreamStatus& status() { return status_; }
  const StreamStatus& status() const { return status_; }
  const EventCounts& counts() const { return counts_; }
  const EventAggregator& aggregator() const { return aggregator_; }
  /// See EventAggregator.
  void lateLookedAt() { aggregator_.lateLookedAt(); }
  MailTables& tables() { return aggregator_.tables(); }
  const MailTables& tables() const { return aggregator_.tables(); }
  ForwardQueue& forwards() { return forwards_; }
  EventReceiver& receiver() { return receiver_; }
  EventQuery& query() { return query_; }
  const StoredEvents& stored() const { return stored_; }
  /// The name by which batches that this installation has forwarded are recognised.
  std::string installation() const { return installationOf(stored_.addressKey()); }

 private:
  void exportTotals(const config::Config& configuration);

  RefusedBatches refused_;
  EventCounts counts_;
  StreamStatus status_;
  StoredEvents stored_;
  ForwardQueue forwards_;
  EventAggregator aggregator_;
  EventLog log_;
  EventReceiver receiver_;
  EventQuery query_;
  store::Database& database_;
  const Clock& clock_;
  metrics::Registry& registry_;
};

}  // namespace arrivald::watch
