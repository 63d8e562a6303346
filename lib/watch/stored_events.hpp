// StoredEvents: the event log's table and its size.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "store/events_table.hpp"
#include "stream/fingerprint.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class StoredEvents final : public Owner {
 public:
  explicit StoredEvents(store::Database& database) : database_(database), table_(database) {}

  void load() override;
  void storeShift(Duration step) override { table_.shift(step); }

  /// Inside the transaction of a commit call begin() first, then these for each batch, then makeRoom(); and
  /// committed() after the commit. Each throws store::SqlError.
  void begin() { next_ = size_; }
  /// Returns the row's number. `finders`: one or more for each event, in any order.
  std::int64_t add(const store::EventBatchRow& batch, const std::vector<store::EventFinder>& finders);
  /// Adds to the running total of a kind of event.
  void count(std::string_view account, std::string_view kind, std::int64_t events) {
    table_.count(account, kind, events);
  }
  void addMalformed(const store::MalformedEvent& malformed) { table_.addMalformed(malformed); }
  /// Deletes the oldest malformed events beyond the limits; after the last addMalformed().
  void limitMalformed() { table_.limitMalformed(); }
  /// Deletes as prune() does, so that the limits hold however much comes.
  void makeRoom(const store::EventsTable::Bounds& bounds);
  void committed(std::int64_t last);

  /// For reading.
  const store::EventsTable& table() const { return table_; }
  /// The secret of this store's fingerprints of addresses.
  const stream::FingerprintKey& addressKey() const { return addressKey_; }
  /// The number of the last stored batch; 0 if there is none.
  std::int64_t last() const { return last_; }

  /// See EventsTable::prune(). Deletes a slice at each call; when there is nothing more to delete, works at
  /// most once a minute. Returns nothing if it did not look.
  std::optional<Done> prune(Instant now, const store::EventsTable::Bounds& bounds);

 private:
  store::Database& database_;
  store::EventsTable table_;
  store::EventsTable::Size size_;
  store::EventsTable::Size next_;  // after the current transaction
  std::int64_t last_ = 0;
  stream::FingerprintKey addressKey_;
  Instant pruned_{};
};

}  // namespace arrivald::watch
