#include "watch/event_log.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "stream/record.hpp"

namespace arrivald::watch {

using stream::EventKind;

namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{32} << 20;  // of bodies that are waiting to be stored
constexpr std::size_t kMaxCommittedAtOnce = std::size_t{1} << 20;
constexpr std::size_t kMaxSpareBuffers = 8;
// How many of the 256 tables of duplicates are aged at each tick.
constexpr int kAgedAtOnce = 4;

}  // namespace

struct EventLog::Waiting {
  Waiting(boost::asio::any_io_executor executor, PendingBatch what)
      : batch(std::move(what)), signal(std::move(executor)) {}
  PendingBatch batch;
  boost::asio::steady_timer signal;
  bool done = false;
  bool stored = false;
};

struct EventLog::Queue {
  std::deque<std::shared_ptr<Waiting>> waiting;
  std::size_t bytes = 0;
  std::vector<std::string> spare;  // buffers for records, for reuse
};

/// All batches of an account that are committed together form one row.
struct EventLog::Row {
  store::EventBatchRow row;
  std::vector<store::EventFinder> finders;
  std::vector<stream::EventKeys> added;  // removed again if the commit fails
  std::array<std::int64_t, stream::kEventKinds> counts{};
  std::int64_t repeated = 0;
};

EventLog::EventLog(boost::asio::any_io_executor executor, store::Database& database, const Clock& clock,
                   metrics::Registry& registry, StoreHealth& health, StoredEvents& stored,
                   ForwardQueue& forwards, EventConsumer& consumer)
    : executor_(executor),
      database_(database),
      clock_(clock),
      registry_(registry),
      health_(health),
      stored_(stored),
      forwards_(forwards),
      consumer_(consumer),
      queue_(std::make_unique<Queue>()),
      commits_(std::move(executor), *this) {}

EventLog::~EventLog() {
  // Waiting requests are answered that nothing was stored.
  for (const auto& waiting : queue_->waiting) {
    waiting->done = true;
    waiting->signal.cancel();
  }
}

void EventLog::use(const config::EventStream& settings) {
  settings_ = settings;
  duplicates_.setHorizon(settings_.horizon);
}

bool EventLog::hasRoomFor(std::size_t bytes) const { return queue_->bytes + bytes <= kMaxWaitingBytes; }

std::string EventLog::takeBuffer() {
  if (queue_->spare.empty()) return {};
  auto buffer = std::move(queue_->spare.back());
  queue_->spare.pop_back();
  return buffer;
}

// Buffers are reused: the allocator returns such large ones to the system and maps them anew for each batch.
void EventLog::giveBuffer(std::string& buffer) {
  if (queue_->spare.size() >= kMaxSpareBuffers || buffer.capacity() == 0) return;
  buffer.clear();
  queue_->spare.push_back(std::move(buffer));
}

runtime::Task<bool> EventLog::append(PendingBatch batch) {
  const auto waiting = std::make_shared<Waiting>(executor_, std::move(batch));
  queue_->bytes += waiting->batch.bytes;
  queue_->waiting.push_back(waiting);
  commits_.schedule();
  // This object may have been destroyed when the wait ends: no member may be used below.
  while (!waiting->done) {
    waiting->signal.expires_at(std::chrono::steady_clock::time_point::max());
    auto [error] = co_await waiting->signal.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    static_cast<void>(error);
  }
  co_return waiting->stored;
}

// At least one batch, and as many as do not hold up the loop; the rest waits for the next commit.
std::vector<std::shared_ptr<EventLog::Waiting>> EventLog::takeWaiting() {
  std::vector<std::shared_ptr<Waiting>> taken;
  std::size_t bytes = 0;
  auto& waiting = queue_->waiting;
  while (!waiting.empty() && (taken.empty() || bytes + waiting.front()->batch.bytes <= kMaxCommittedAtOnce)) {
    bytes += waiting.front()->batch.bytes;
    taken.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  queue_->bytes -= bytes;
  if (!waiting.empty()) commits_.schedule();
  return taken;
}

void EventLog::commit() {
  const auto batches = takeWaiting();
  const auto now = clock_.now();
  Rows rows;
  for (const auto& waiting : batches) mergeNew(waiting->batch, rows[waiting->batch.account], now);
  const auto stored = store(batches, rows, now);
  health_.record("event log", stored);
  if (stored) {
    report(batches, rows);
  } else {
    // Events that were not stored must not count as duplicates when the provider sends them again.
    for (const auto& [account, row] : rows)
      for (const auto& keys : row.added) duplicates_.forget(keys);
  }
  for (auto& [account, row] : rows) giveBuffer(row.row.records);
  for (const auto& waiting : batches) {
    giveBuffer(waiting->batch.records);
    waiting->done = true;
    waiting->stored = stored.ok();
    waiting->signal.cancel();
  }
}

void EventLog::mergeNew(PendingBatch& batch, Row& row, Instant now) {
  for (const auto& event : batch.events) duplicates_.prefetch(event.keys);
  // Consecutive new events are copied at once; usually that is the whole batch.
  std::size_t begin = 0, end = 0;
  const auto copy = [&] {
    if (begin == 0 && end == batch.records.size() && row.row.records.empty())
      row.row.records.swap(batch.records);
    else
      row.row.records.append(batch.records, begin, end - begin);
  };
  for (const auto& event : batch.events) {
    if (!duplicates_.addNew(event.keys, now)) {
      ++row.repeated;
      copy();
      begin = end = event.end;
      continue;
    }
    row.added.push_back(event.keys);
    // What is older than the horizon may have been counted before: it is kept, and counts as late, never as
    // new.
    const bool maybeKnown = event.at < now - settings_.horizon;
    row.finders.push_back(event.finder);
    if (event.smtpId != 0) row.finders.push_back({event.finder.address, event.smtpId});
    row.row.oldest = row.row.events == 0 ? event.at : std::min(row.row.oldest, event.at);
    row.row.newest = row.row.events == 0 ? event.at : std::max(row.row.newest, event.at);
    ++row.row.events;
    if (!maybeKnown) ++row.counts[static_cast<std::size_t>(event.kind)];
    end = event.end;
  }
  copy();
}

Done EventLog::store(const std::vector<std::shared_ptr<Waiting>>& batches, Rows& rows, Instant now) {
  return database_.transact([&] {
    stored_.begin();
    forwards_.begin();
    for (auto& [account, row] : rows) {
      if (row.row.events == 0) continue;
      row.row.account = account;
      row.row.received = now;
      row.row.id = stored_.add(row.row, row.finders);
      for (std::size_t kind = 0; kind < row.counts.size(); ++kind)
        if (row.counts[kind] > 0)
          stored_.count(account, stream::name(static_cast<EventKind>(kind)), row.counts[kind]);
    }
    bool anyMalformed = false;
    for (const auto& waiting : batches) {
      const auto& batch = waiting->batch;
      for (const auto& malformed : batch.malformed) stored_.addMalformed(malformed);
      anyMalformed = anyMalformed || !batch.malformed.empty();
      if (!batch.body.empty()) forwards_.put(batch.account, now, batch.headers, batch.body);
    }
    if (anyMalformed) stored_.limitMalformed();
    stored_.makeRoom(now - settings_.keep, settings_.maxBytes);
  });
}

void EventLog::report(const std::vector<std::shared_ptr<Waiting>>& batches, const Rows& rows) {
  std::int64_t last = 0;
  for (const auto& [account, row] : rows) last = std::max(last, row.row.id);
  stored_.committed(last);
  for (const auto& [account, row] : rows) {
    for (std::size_t kind = 0; kind < row.counts.size(); ++kind)
      if (row.counts[kind] > 0)
        registry_.streamEvents(account, stream::name(static_cast<EventKind>(kind)), row.counts[kind]);
    if (row.repeated > 0) registry_.streamRepeated(account, row.repeated);
    if (row.row.events == 0) continue;
    consumer_.consume(account, row.row.records);
  }
  bool forwarded = false;
  for (const auto& waiting : batches) {
    const auto& batch = waiting->batch;
    forwarded = forwarded || !batch.body.empty();
    if (batch.malformedCount > 0) registry_.streamMalformed(batch.account, batch.malformedCount);
  }
  if (forwarded) forwards_.committed();
}

Done EventLog::replay(const std::set<std::string>& accounts, Duration horizon) {
  const auto since = clock_.now() - std::max(horizon, settings_.horizon);
  return database_.read([&] {
    stored_.table().each(since, [&](const store::EventBatchRow& batch) {
      if (!accounts.contains(batch.account)) return true;
      stream::RecordReader reader(batch.records);
      for (stream::Record record; reader.next(record);)
        duplicates_.remember({record.idKey, record.contentKey}, batch.received);
      consumer_.replay(batch);
      return true;
    });
  });
}

void EventLog::tick() {
  const auto now = clock_.now();
  for (int slice = 0; slice < kAgedAtOnce; ++slice) duplicates_.age(now);
  if (const auto pruned = stored_.prune(now, now - settings_.keep, settings_.maxBytes))
    health_.record("old events", *pruned);
}

}  // namespace arrivald::watch
