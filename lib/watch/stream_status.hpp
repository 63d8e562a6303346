// StreamStatus: the state of each account's event stream: when the last batch arrived, what the provider did
// to the account, and whether the webhook's settings at the provider are correct.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "store/meta_table.hpp"
#include "watch/owner.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class StreamStatus final : public Owner {
 public:
  StreamStatus(store::Database& database, const Clock& clock, const Statistics& statistics,
               StoreHealth& health);

  void load() override;
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  struct Stream {
    Instant since{};                   ///< when this process began to listen for it
    std::optional<Instant> lastBatch;  ///< the last authenticated one
    std::optional<Instant> lastTest;   ///< with the provider's test events
  };
  /// Null if the account has no event stream.
  const Stream* find(const std::string& account) const;
  void batchReceived(const std::string& account, Instant at);
  void testReceived(const std::string& account, Instant at);

  /// Whether the account's stream is complete: a batch arrived within ten minutes, or the statistics have not
  /// changed since the last one either. Otherwise counts are unknown, not zero.
  bool alive(const std::string& account, Instant now) const;

  /// Records "compliance_suspend" and the like, of the provider's time `at`. Events arrive in any order; the
  /// one with the latest time counts. Stored; if that fails, tick() tries again.
  void accountStatusChanged(const std::string& account, Instant at, std::string_view status);
  /// Stores what could not be stored. Call it every few seconds.
  void tick();
  /// Empty if the provider reported nothing, or reactivated the account.
  const std::string& accountStatus(const std::string& account) const;

  /// Records the result of wrongSettings(). Returns whether it has changed.
  bool settingsChecked(const std::string& account, std::string wrong);
  /// Nothing if the settings have not been checked.
  std::optional<std::string> settings(const std::string& account) const;

 private:
  struct Status {
    Instant at{};
    std::string text;
  };
  Done storeStatuses();

  store::Database& database_;
  const Clock& clock_;
  const Statistics& statistics_;
  StoreHealth& health_;
  store::MetaTable meta_;
  std::map<std::string, Stream> streams_;        // by account
  std::map<std::string, Status> statuses_;       // by account, also those that are not configured now
  std::map<std::string, std::string> settings_;  // by account
  std::set<std::string> unstored_;               // accounts whose status is not in the store
};

}  // namespace arrivald::watch
