// EventCounts: the counts of the event stream: windows and running totals, flushed from the aggregators.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "delivery/window.hpp"
#include "metrics/registry.hpp"
#include "store/event_days_table.hpp"
#include "store/meta_table.hpp"
#include "store/series_table.hpp"
#include "stream/aggregator.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. If the store fails, the counts in memory stay correct, and everything is
/// written with the next flush.
class EventCounts final : public Owner {
 public:
  EventCounts(store::Database& database, metrics::Registry& registry, StoreHealth& health);

  void load() override;
  /// See Statistics::retain().
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  std::vector<Owner*> shiftNotStored() override {
    dirty_ = true;
    return {};
  }

  void storeReopened() override { dirty_ = true; }
  bool storeMissing() override;

  struct AccountFlush {
    std::string account;
    stream::Aggregator::Flush flush;
  };
  /// Adds the increments of the aggregators and stores them together with `flushedTo`, the number of the last
  /// stored batch that they contain. `accounts` are those that have an aggregator: a batch of another account
  /// is not contained, even if it has been stored.
  Done add(const std::vector<AccountFlush>& flushes, const std::set<std::string>& accounts,
           std::int64_t flushedTo);
  /// Stored batches of the account with higher numbers have not been counted yet.
  std::int64_t flushedTo(const std::string& account) const;

  /// False: memory is ahead of the store, and the next add() writes everything.
  bool stored() const { return !dirty_; }

  /// Of accounts, categories and groups of receivers.
  const delivery::Windows& windows() const { return windows_; }
  /// The stream's counts of a day in the account's zone; nothing if it has none. Days are kept for
  /// delivery::Ledger::kKeptDays before the newest.
  std::optional<delivery::Counts> day(const std::string& account, Date date) const;

 private:
  using Day = std::pair<std::string, Date>;
  struct Gained;
  Gained remember(const std::vector<AccountFlush>& flushes);
  void putFlushedTo();
  void addTotal(const delivery::Subject& subject, const delivery::Counts& counts, Gained& gained);
  Done rewrite();
  Date oldestKeptDay() const;

  store::Database& database_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  store::SeriesTable table_;
  store::EventDaysTable dayTable_;
  store::MetaTable meta_;
  delivery::Windows windows_;
  std::map<Day, delivery::Counts> days_;
  std::map<delivery::Subject, delivery::Counts> totals_;  // of groups of receivers
  std::set<std::string> accounts_;                        // configured with a stream
  std::map<std::string, std::int64_t> flushedTo_;         // by account
  bool dirty_ = false;                                    // memory is ahead of the store
};

}  // namespace arrivald::watch
