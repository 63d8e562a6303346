// ProviderAccounts: owns what the provider says about the accounts themselves, as opposed to their mail: the
// scopes that their keys lack, their credits and their reputation.
#pragma once

#include "watch/account_numbers.hpp"
#include "watch/account_standings.hpp"
#include "watch/key_scopes.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class ProviderAccounts final : public Owner {
 public:
  ProviderAccounts(store::Database& database, metrics::Registry& registry, StoreHealth& health,
                   const StreamStatus& streams, const Statistics& statistics)
      : standings_(database, registry, health), numbers_(standings_, streams, statistics) {}

  void load() override { standings_.load(); }
  void retain(const config::Config& configuration) override {
    scopes_.retain(configuration);
    standings_.retain(configuration);
  }
  void shift(Duration step) override { standings_.shift(step); }
  void storeShift(Duration step) override { standings_.storeShift(step); }

  KeyScopes& scopes() { return scopes_; }
  const KeyScopes& scopes() const { return scopes_; }
  AccountStandings& standings() { return standings_; }
  const AccountStandings& standings() const { return standings_; }
  /// What the rules know of accounts.
  const AccountNumbers& numbers() const { return numbers_; }

 private:
  KeyScopes scopes_;
  AccountStandings standings_;
  AccountNumbers numbers_;
};

}  // namespace arrivald::watch
