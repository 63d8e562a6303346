// EventCounts: what the event stream comes to: windows and running totals, flushed from the aggregators.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "delivery/window.hpp"
#include "metrics/registry.hpp"
#include "store/events_table.hpp"
#include "store/meta_table.hpp"
#include "store/series_table.hpp"
#include "stream/aggregator.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. If the store refuses, memory goes on, and everything is written anew with the
/// next flush.
class EventCounts final : public Owner {
 public:
  EventCounts(store::Database& database, metrics::Registry& registry, StoreHealth& health);

  void load() override;
  /// As Statistics::retain().
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  void storeMissed() override { dirty_ = true; }

  struct AccountFlush {
    std::string account;
    stream::Aggregator::Flush flush;
  };
  /// Adds what the aggregators gained, and stores it together with `flushedTo`: the number of the last stored
  /// batch that is in it.
  Done add(const std::vector<AccountFlush>& flushes, std::int64_t flushedTo);
  /// Batches of the store beyond it have not been counted yet.
  std::int64_t flushedTo() const { return flushedTo_; }

  /// Of accounts, categories and groups of receivers.
  const delivery::Windows& windows() const { return windows_; }
  /// What the stream counted on a day of the account's zone; nothing if it told nothing of it.
  std::optional<delivery::Counts> day(const std::string& account, Date date) const;

 private:
  using Day = std::pair<std::string, Date>;
  struct Gained;
  Gained remember(const std::vector<AccountFlush>& flushes);
  void addTotal(const delivery::Subject& subject, const delivery::Counts& counts, Gained& gained);
  Done rewrite();

  store::Database& database_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  store::SeriesTable table_;
  store::EventsTable events_;
  store::MetaTable meta_;
  delivery::Windows windows_;
  std::map<Day, delivery::Counts> days_;
  std::map<delivery::Subject, delivery::Counts> totals_;  // of groups of receivers
  std::set<std::string> accounts_;                        // configured
  std::int64_t flushedTo_ = 0;
  bool dirty_ = false;  // the store lacks something that memory has
};

}  // namespace arrivald::watch
