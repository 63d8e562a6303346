// StoredEvents: the event log's table and its size.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "store/events_table.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class StoredEvents final : public Owner {
 public:
  explicit StoredEvents(store::Database& database) : database_(database), table_(database) {}

  void load() override;

  /// Call it inside the transaction of a commit. Returns the row's number.
  std::int64_t add(const store::EventBatchRow& batch, const std::vector<store::EventFinder>& finders) {
    return table_.add(batch, finders);
  }
  store::EventsTable& table() { return table_; }
  /// Call it after the commit of the transaction that added this batch.
  void committed(const store::EventBatchRow& batch);
  /// The number of the last stored batch; 0 if there is none.
  std::int64_t last() const { return last_; }

  /// Deletes batches received before `before`, and the oldest ones while the total exceeds `maxBytes`.
  /// Deletes a slice at each call; when there is nothing more to delete, works at most once a minute.
  void prune(Instant now, Instant before, std::int64_t maxBytes);

 private:
  store::Database& database_;
  store::EventsTable table_;
  store::EventsTable::Size size_;
  std::int64_t last_ = 0;
  Instant pruned_{};
};

}  // namespace arrivald::watch
