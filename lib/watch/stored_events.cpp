#include "watch/stored_events.hpp"

#include "store/meta_table.hpp"
#include "stream/duplicates.hpp"

namespace arrivald::watch {
namespace {

constexpr std::int64_t kMaxPrunedAtOnce = 200;  // batches
// A commit adds a few rows: it deletes faster than any load adds.
constexpr std::int64_t kMaxPrunedByCommit = 1000;
constexpr Duration kPruneEvery = std::chrono::minutes(1);

}  // namespace

void StoredEvents::load() {
  size_ = table_.size();
  last_ = table_.last();
  const auto key = stream::FingerprintKey::parse(store::MetaTable(database_).get("address_key").value_or(""));
  if (!key) throw store::SqlError("the store has lost the key of its addresses; restore it from a backup");
  addressKey_ = *key;
}

std::int64_t StoredEvents::add(const store::EventBatchRow& batch,
                               const std::vector<store::EventFinder>& finders) {
  next_.events += batch.events;
  next_.bytes += static_cast<std::int64_t>(batch.records.size()) +
                 static_cast<std::int64_t>(finders.size() * sizeof(store::EventFinder));
  return table_.add(batch, finders);
}

void StoredEvents::makeRoom(const store::EventsTable::Bounds& bounds) {
  table_.prune(bounds, kMaxPrunedByCommit, next_, stream::keysOf);
}

void StoredEvents::committed(std::int64_t last) {
  size_ = next_;
  if (last > 0) last_ = last;
}

std::optional<Done> StoredEvents::prune(Instant now, const store::EventsTable::Bounds& bounds) {
  if (now - pruned_ <= kPruneEvery && now >= pruned_) return std::nullopt;
  auto size = size_;
  bool more = false;
  const auto pruned =
      database_.transact([&] { more = table_.prune(bounds, kMaxPrunedAtOnce, size, stream::keysOf); });
  if (!more || !pruned) pruned_ = now;
  if (pruned) size_ = size;
  return pruned;
}

}  // namespace arrivald::watch
