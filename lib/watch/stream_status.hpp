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
    /// When this process began to listen for it, or the machine last resumed from suspension.
    Instant since{};
    std::optional<Instant> lastBatch;  ///< the last one that was authenticated and stored
    std::optional<Instant> lastTest;   ///< with the provider's test events
    std::optional<Instant> lastMalformed;
    std::int64_t malformed = 0;  ///< events of this process that could not be read
    std::string malformedWhy;    ///< of the last one
  };
  /// Null if the account has no event stream.
  const Stream* find(const std::string& account) const;
  void batchReceived(const std::string& account, Instant at);
  void testReceived(const std::string& account, Instant at);
  /// Events came that cannot be read. Logged once an hour, with their number.
  void malformedReceived(const std::string& account, Instant at, std::int64_t events, const std::string& why);
  /// The machine was suspended until now: nothing could arrive.
  void resumed();

  /// Whether the account's stream is complete: a batch arrived within ten minutes, or the statistics have not
  /// changed since the last one either. Otherwise counts are unknown, not zero.
  bool alive(const std::string& account, Instant now) const;

  /// Records "compliance_suspend" and the like, of the provider's time `at`. Events arrive in any order; the
  /// one with the latest time counts. Stored, or kept in memory while the store refuses.
  void accountStatusChanged(const std::string& account, Instant at, std::string_view status);
  /// Tries to store what the store has refused. True if it has everything.
  bool storeMissing();
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

  store::Database& database_;
  const Clock& clock_;
  const Statistics& statistics_;
  StoreHealth& health_;
  store::MetaTable meta_;
  std::map<std::string, Stream> streams_;           // by account
  std::map<std::string, Status> statuses_;          // by account, also those that are not configured now
  std::map<std::string, std::string> settings_;     // by account
  std::map<std::string, Instant> malformedLogged_;  // by account
  std::set<std::string> unstored_;                  // accounts whose status is not in the store
};

}  // namespace arrivald::watch
