// StreamStatus: how each account's event stream stands: when it last brought something, what the provider
// said about the account, and whether its settings at the provider are right.
#pragma once

#include <map>
#include <optional>
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
    Instant since{};                   ///< when we first listened for it, in this run
    std::optional<Instant> lastBatch;  ///< the last genuine one
    std::optional<Instant> lastTest;   ///< with the provider's test events
  };
  /// Null for an account without an event stream.
  const Stream* find(const std::string& account) const;
  void batchReceived(const std::string& account, Instant at);
  void testReceived(const std::string& account, Instant at);

  /// Whether the account's stream tells all that happens: a batch came within ten minutes, or the statistics
  /// have not moved either since the last one. Silence beyond that is unknown, not zero.
  bool alive(const std::string& account, Instant now) const;

  /// "compliance_suspend" and the like, as the event stream told at `at`. Events come in any order: the
  /// latest by the provider's own time says how things stand. Survives a restart.
  void accountStatusChanged(const std::string& account, Instant at, std::string_view status);
  /// Empty: nothing was told, or the account was reactivated.
  const std::string& accountStatus(const std::string& account) const;

  /// What is wrong with the stream's settings at the provider, as check_stream_settings spells it; empty: all
  /// is well. True if it is not what was known.
  bool settingsChecked(const std::string& account, std::string wrong);
  /// Nothing before they were checked.
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
  std::map<std::string, Stream> streams_;        // by account
  std::map<std::string, Status> statuses_;       // by account, also those that are not configured now
  std::map<std::string, std::string> settings_;  // by account
};

}  // namespace arrivald::watch
