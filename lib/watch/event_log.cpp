#include "watch/event_log.hpp"

#include <algorithm>
#include <array>

#include "stream/record.hpp"

namespace arrivald::watch {

using stream::EventKind;

namespace {

// How many of the 256 tables of duplicates are aged at each tick.
constexpr int kAgedAtOnce = 4;

}  // namespace

/// All batches of an account that are committed together form one row.
struct EventLog::Row {
  store::EventBatchRow row;
  std::vector<store::EventFinder> finders;
  std::vector<stream::EventKeys> added;  // removed again if the commit fails
  std::array<std::int64_t, stream::kEventKinds> counts{};
  std::int64_t repeated = 0;
};

EventLog::EventLog(const boost::asio::any_io_executor& executor, store::Database& database,
                   const Clock& clock, metrics::Registry& registry, StoreHealth& health, StoredEvents& stored,
                   ForwardQueue& forwards, EventConsumer& consumer)
    : database_(database),
      clock_(clock),
      registry_(registry),
      health_(health),
      stored_(stored),
      forwards_(forwards),
      consumer_(consumer),
      queue_(executor),
      commits_(executor, *this) {}

void EventLog::use(const config::EventStream& settings) {
  settings_ = settings;
  duplicates_.setHorizon(settings_.horizon);
}

runtime::Task<bool> EventLog::append(PendingBatch batch) {
  const auto waiting = queue_.put(std::move(batch));
  commits_.schedule();
  // This object may have been destroyed when the wait ends: no member may be used below.
  co_return co_await WaitingBatch::outcome(waiting);
}

void EventLog::commit() {
  const auto batches = queue_.take();
  if (!queue_.empty()) commits_.schedule();
  const auto now = clock_.now();
  Rows rows;
  for (const auto& waiting : batches) mergeNew(waiting->batch(), rows[waiting->batch().account], now);
  const auto stored = store(batches, rows, now);
  health_.record("event log", stored);
  if (stored) {
    report(batches, rows);
  } else {
    // Events that were not stored must not count as duplicates when the provider sends them again.
    for (const auto& [account, row] : rows)
      for (const auto& keys : row.added) duplicates_.forget(keys);
  }
  for (auto& [account, row] : rows) queue_.giveBuffer(row.row.records);
  for (const auto& waiting : batches) {
    queue_.giveBuffer(waiting->batch().records);
    waiting->finish(stored.ok());
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

Done EventLog::store(const Batches& batches, Rows& rows, Instant now) {
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
      const auto& batch = waiting->batch();
      for (const auto& malformed : batch.malformed) stored_.addMalformed(malformed);
      anyMalformed = anyMalformed || !batch.malformed.empty();
      if (!batch.body.empty()) forwards_.put(batch.account, now, batch.headers, batch.body);
    }
    if (anyMalformed) stored_.limitMalformed();
    stored_.makeRoom(boundsAt(now));
  });
}

void EventLog::report(const Batches& batches, const Rows& rows) {
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
    const auto& batch = waiting->batch();
    forwarded = forwarded || !batch.body.empty();
    if (batch.malformedCount > 0) registry_.streamMalformed(batch.account, batch.malformedCount);
  }
  if (forwarded) forwards_.committed();
}

Done EventLog::replay(const std::set<std::string>& accounts, Duration horizon) {
  const auto since = clock_.now() - std::max(horizon, settings_.horizon);
  return database_.read([&] {
    stored_.table().eachKeys(since, [&](const store::EventsTable::Keys& batch) {
      if (!accounts.contains(batch.account)) return;
      auto left = batch.bytes;
      for (stream::EventKeys keys; stream::takeKeys(left, keys);) duplicates_.remember(keys, batch.received);
    });
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

store::EventsTable::Bounds EventLog::boundsAt(Instant now) const {
  return {now - settings_.keep, now - settings_.horizon, settings_.maxBytes};
}

void EventLog::tick() {
  const auto now = clock_.now();
  for (int slice = 0; slice < kAgedAtOnce; ++slice) duplicates_.age(now);
  if (const auto pruned = stored_.prune(now, boundsAt(now))) health_.record("old events", *pruned);
}

}  // namespace arrivald::watch
