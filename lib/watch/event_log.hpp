// EventLog: stores authenticated batches, which are acknowledged only then, and counts each event once.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "metrics/registry.hpp"
#include "runtime/task.hpp"
#include "stream/duplicates.hpp"
#include "watch/batch_queue.hpp"
#include "watch/forward_queue.hpp"
#include "watch/group_commit.hpp"
#include "watch/store_health.hpp"
#include "watch/stored_events.hpp"

namespace arrivald::watch {

/// Receives events after they were stored. Loop thread only.
class EventConsumer {
 public:
  virtual ~EventConsumer() = default;
  /// New events, to be read with stream::RecordReader.
  virtual void consume(const std::string& account, std::string_view records) = 0;
  /// A batch that was stored earlier, replayed at the start.
  virtual void replay(const store::EventBatchRow& batch) = 0;
};

/// Resource; loop thread only.
class EventLog final : private GroupCommit::Committer {
 public:
  EventLog(const boost::asio::any_io_executor& executor, store::Database& database, const Clock& clock,
           metrics::Registry& registry, StoreHealth& health, StoredEvents& stored, ForwardQueue& forwards,
           EventConsumer& consumer);

  void use(const config::EventStream& settings);

  /// See BatchQueue.
  bool hasRoomFor(std::size_t bytes) const { return queue_.hasRoomFor(bytes); }
  std::string takeBuffer() { return queue_.takeBuffer(); }
  /// True once the batch is committed; false if the store failed, and nothing of it was counted.
  runtime::Task<bool> append(PendingBatch batch);

  /// Replays all events of these accounts that were received within `horizon`, for duplicates and consumers.
  Done replay(const std::set<std::string>& accounts, Duration horizon);
  /// The clock was set by `step`: what is known as a duplicate stays so.
  void shift(Duration step) { duplicates_.shift(step); }
  /// Ages a slice of the duplicates and prunes the store. Call it every few seconds.
  void tick();

 private:
  struct Row;
  using Batches = std::vector<std::shared_ptr<WaitingBatch>>;
  using Rows = std::map<std::string, Row>;  // by account
  void commit() override;
  void mergeNew(PendingBatch& batch, Row& row, Instant now);
  Done store(const Batches& batches, Rows& rows, Instant now);
  store::EventsTable::Bounds boundsAt(Instant now) const;
  void report(const Batches& batches, const Rows& rows);

  store::Database& database_;
  const Clock& clock_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  StoredEvents& stored_;
  ForwardQueue& forwards_;
  EventConsumer& consumer_;
  config::EventStream settings_;
  stream::Duplicates duplicates_;
  BatchQueue queue_;
  GroupCommit commits_;
};

}  // namespace arrivald::watch
