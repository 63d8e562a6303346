// Statistics: the provider's statistics as read: day totals, windows and running totals.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"
#include "metrics/registry.hpp"
#include "store/statistics_table.hpp"
#include "watch/clock_steps.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. If the store fails, the state in memory stays correct, and everything is
/// written with the next read.
class Statistics final : public Owner {
 public:
  Statistics(store::Database& database, metrics::Registry& registry, StoreHealth& health, ClockSteps& steps);

  void load() override;
  /// Accounts and dimensions that are not configured are neither exported nor shown. Their data is kept, so
  /// that what is configured again continues where it stopped.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  std::vector<Owner*> shiftNotStored() override {
    dirty_ = true;
    return {};
  }
  void storeReopened() override { dirty_ = true; }
  bool storeMissing() override;

  /// Adds one answer to ledger, windows, totals and metrics, and stores the changes in one transaction.
  Done apply(const delivery::Read& read);

  /// Of everything that was ever read; see reads().
  const delivery::Windows& windows() const { return windows_; }
  /// Whether the configuration has this subject's dimension read.
  bool reads(const delivery::Subject& subject) const {
    return configured_.contains({subject.account, subject.dimension});
  }
  std::optional<Instant> lastRead(const delivery::Source& source) const { return ledger_.lastRead(source); }
  /// See delivery::Ledger::firstDayToAsk().
  Date firstDayToAsk(const delivery::Source& source, Date usual, Date today) const {
    return ledger_.firstDayToAsk(source, usual, today);
  }
  /// What the latest answer of a source leaves open.
  struct Doubts {
    std::map<delivery::Metric, Instant> lacking;  ///< metrics, each since when answers lack it
    std::map<delivery::Metric, Instant> refused;  ///< since when it is far above what requests allow
    std::optional<delivery::Ledger::Contradiction> contradiction;  ///< one of these, by its numbers
    struct Fallen {
      Instant since;
      delivery::Ledger::Fall fall;
    };
    std::map<delivery::Metric, Fallen> fallen;   ///< metrics below what was counted, not believed
    std::optional<delivery::Ledger::Held> held;  ///< a total that waits for the next answer
    struct Behind {
      Instant since;  ///< of the last answer that told anything new
      Instant shown;  ///< what the latest answer shows was read then
    };
    std::optional<Behind> behind;  ///< answers show what there was some time ago
    /// Since when answers do not tell a metric: they are behind, they lack it, or it cannot be, or it is
    /// below what was counted.
    enum class Below : std::uint8_t { any, far };  ///< far: by half; what is less may be a correction
    std::optional<Instant> untoldSince(delivery::Metric metric, Below below) const;
    void shift(Duration step);
  };
  const Doubts& doubts(const delivery::Source& source) const;
  /// For how long answers about the account have contradicted themselves, in anything that is read of it;
  /// zero: they do not. Nothing before the first answer since the start.
  std::optional<Duration> contradictoryFor(std::string_view account, Instant now) const;
  /// The provider's total of one calendar day in the account's zone.
  std::optional<delivery::Counts> dayTotal(const delivery::Subject& subject, Date date) const;

 private:
  struct Gained;
  Gained remember(const delivery::Read& read);
  void noteDoubts(const delivery::Read& read, const delivery::Ledger::Changes& changes);
  Done store(const delivery::Read& read, const Gained& gained);
  Done rewrite(Instant now);

  store::Database& database_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  ClockSteps& steps_;
  store::StatisticsTable table_;
  delivery::Ledger ledger_;
  delivery::Windows windows_;
  std::map<delivery::Subject, delivery::Counts> totals_;
  std::set<std::pair<std::string, delivery::Dimension>> configured_;  // accounts and what is read of them
  std::map<delivery::Source, Doubts> doubts_;
  bool dirty_ = false;  // memory is ahead of the store
};

}  // namespace arrivald::watch
