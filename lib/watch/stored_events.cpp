#include "watch/stored_events.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::int64_t kMaxPrunedAtOnce = 200;  // batches
constexpr Duration kPruneEvery = std::chrono::minutes(1);

}  // namespace

void StoredEvents::load() {
  size_ = table_.size();
  last_ = table_.last();
}

void StoredEvents::committed(const store::EventBatchRow& batch) {
  last_ = batch.id;
  size_.events += batch.events;
  size_.bytes += static_cast<std::int64_t>(batch.records.size()) +
                 batch.events * static_cast<std::int64_t>(sizeof(store::EventFinder));
}

void StoredEvents::prune(Instant now, Instant before, std::int64_t maxBytes) {
  if (now - pruned_ <= kPruneEvery && now >= pruned_) return;
  auto size = size_;
  bool more = false;
  const auto pruned =
      database_.transact([&] { more = table_.prune(before, maxBytes, kMaxPrunedAtOnce, size); });
  if (!more || !pruned) pruned_ = now;
  if (pruned)
    size_ = size;
  else
    log::error("old events cannot be deleted; trying again in a minute: " + pruned.error().text);
}

}  // namespace arrivald::watch
