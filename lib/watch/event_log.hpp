// EventLog: stores authenticated batches, which are acknowledged only then, and counts each event once.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
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
#include "stream/event_kind.hpp"
#include "watch/forward_queue.hpp"
#include "watch/group_commit.hpp"
#include "watch/store_health.hpp"
#include "watch/stored_events.hpp"

namespace arrivald::watch {

/// One event that is waiting to be stored.
struct PendingEvent {
  stream::EventKind kind = stream::EventKind::other;
  stream::EventKeys keys;
  Instant at{};
  store::EventFinder finder;
  std::uint32_t smtpId = 0;        ///< likewise of its smtp-id; 0 if that has the message's stem
  std::size_t begin = 0, end = 0;  ///< the bytes of its record in the batch's records
};

/// A batch that is waiting to be stored.
struct PendingBatch {
  std::string account;
  std::vector<PendingEvent> events;
  std::string records;
  std::vector<store::MalformedEvent> malformed;  ///< the first of them, to be kept
  std::int64_t malformedCount = 0;
  std::string headers, body;  ///< as received; only if the batch is forwarded
  std::size_t bytes = 0;      ///< of the request's body
};

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
  EventLog(boost::asio::any_io_executor executor, store::Database& database, const Clock& clock,
           metrics::Registry& registry, StoreHealth& health, StoredEvents& stored, ForwardQueue& forwards,
           EventConsumer& consumer);
  ~EventLog() override;

  void use(const config::EventStream& settings);

  /// Whether the queue has room for a body of `bytes` bytes.
  bool hasRoomFor(std::size_t bytes) const;
  /// A buffer for records, possibly a reused one.
  std::string takeBuffer();
  /// True once the batch is committed; false if the store failed, and nothing of it was counted.
  runtime::Task<bool> append(PendingBatch batch);

  /// Replays all events of these accounts that were received within `horizon`, for duplicates and consumers.
  Done replay(const std::set<std::string>& accounts, Duration horizon);
  /// Ages a slice of the duplicates and prunes the store. Call it every few seconds.
  void tick();

 private:
  struct Waiting;
  struct Row;
  using Rows = std::map<std::string, Row>;  // by account
  void commit() override;
  std::vector<std::shared_ptr<Waiting>> takeWaiting();
  void mergeNew(PendingBatch& batch, Row& row, Instant now);
  Done store(const std::vector<std::shared_ptr<Waiting>>& batches, Rows& rows, Instant now);
  void report(const std::vector<std::shared_ptr<Waiting>>& batches, const Rows& rows);
  void giveBuffer(std::string& buffer);

  boost::asio::any_io_executor executor_;
  store::Database& database_;
  const Clock& clock_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  StoredEvents& stored_;
  ForwardQueue& forwards_;
  EventConsumer& consumer_;
  config::EventStream settings_;
  stream::Duplicates duplicates_;
  struct Queue;
  std::unique_ptr<Queue> queue_;
  GroupCommit commits_;
};

}  // namespace arrivald::watch
