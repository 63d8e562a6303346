// StreamStatus: the state of each account's event stream: when it brought something last, whether it brings
// what the statistics count, what the provider did to the account, and whether the webhook's settings at the
// provider are correct.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "store/meta_table.hpp"
#include "stream/completeness.hpp"
#include "stream/outcome_delay.hpp"
#include "watch/event_counts.hpp"
#include "watch/owner.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class StreamStatus final : public Owner {
 public:
  StreamStatus(store::Database& database, const Clock& clock, const Statistics& statistics,
               const EventCounts& counts, StoreHealth& health);

  void load() override;
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  struct Stream {
    /// When this process began to listen for it, or the machine last resumed from suspension.
    Instant since{};
    /// When the wall clock was last set by more than events take: what was counted across it is not compared.
    Instant steadySince{};
    std::optional<Instant> lastBatch;  ///< the last one that was authenticated and stored
    std::optional<Instant> lastEvent;  ///< when the last of these with an event about mail arrived
    std::optional<Instant> lastTest;   ///< with the provider's test events
    std::int64_t late = 0;             ///< events that came a day late, since then
    std::optional<Instant> lastMalformed;
    std::int64_t malformed = 0;  ///< events of this process that could not be read
    std::string malformedWhy;    ///< of the last one
    /// How late outcomes came lately, also those that come far too late for rules to wait for.
    stream::OutcomeDelay lateness{std::chrono::hours(2)};
  };
  /// Null if the account has no event stream.
  const Stream* find(const std::string& account) const;
  void batchReceived(const std::string& account, Instant at);
  /// A batch with events about mail: only these show that the stream works.
  void eventsReceived(const std::string& account, Instant at);
  /// An outcome that the stream told of: when it happened, and when it was told.
  void outcomeReceived(const std::string& account, Instant at, Instant received);
  void testReceived(const std::string& account, Instant at);
  /// Events came that cannot be read. Logged once an hour, with their number.
  void malformedReceived(const std::string& account, Instant at, std::int64_t events, const std::string& why);
  /// One of an earlier process was stored at that time.
  void malformedStored(const std::string& account, Instant at) { noteMalformed(account, at, 1); }
  /// The machine was suspended until now: nothing could arrive.
  void resumed();

  /// Whether the account's stream shows that it brings everything: events arrived lately, or the statistics
  /// explain the silence, since they have not moved either; and lately the statistics counted no mail of
  /// which the stream does not tell. Otherwise its counts are unknown, not zero.
  bool alive(const std::string& account, Instant now) const;
  /// Whether the stream brought what the statistics counted in (now − window, now].
  bool complete(const std::string& account, Duration window, Instant now) const;
  /// By how much the statistics count later than the stream at least.
  Duration statisticsBehind(const std::string& account, Instant now) const;
  /// What the stream lacks of the last half hour, where that has lasted for ten minutes, or of the last day
  /// although it is not silent, where that has lasted for an hour.
  std::optional<stream::PartGained> lacking(const std::string& account, Instant now) const;
  /// Whether all came of which the statistics count, be it late: of the half hour that ended as long ago as
  /// outcomes lately came late.
  bool caughtUp(const std::string& account, Instant now) const;
  /// Outcomes of the statistics since the last event that no event told of; nothing before the first event.
  std::optional<std::int64_t> unheard(const std::string& account, Instant now) const;

  /// How many events could not be read in (now − window, now], at most of the last day. Those that were
  /// stored are known after a restart, too.
  std::int64_t malformed(const std::string& account, Duration window, Instant now) const;
  /// Events that came more than a day after they happened, and are in no window; since the start.
  void lateReceived(const std::string& account, std::int64_t events);

  /// Records "compliance_suspend" and the like, of the provider's time `at`. Events arrive in any order; the
  /// one with the latest time counts. Stored, or kept in memory while the store refuses.
  void accountStatusChanged(const std::string& account, Instant at, std::string_view status);
  /// A stopped account queues what it is given and delivers none of it: that it delivers most of what it
  /// accepted since shows that it was reactivated, even if the event that says so was lost. `at`: of the
  /// provider; `message`: as of stream::Record.
  void mailProcessed(const std::string& account, Instant at, std::uint64_t message);
  void mailDelivered(const std::string& account, std::uint64_t message);
  /// Tries to store what the store has refused. True if it has everything.
  bool storeMissing() override;
  void storeReopened() override;
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
    // Of a stopped account: the latest mails that it accepted since, and whether they were delivered.
    std::deque<std::pair<std::uint64_t, bool>> accepted = {};
  };
  Status* stopped(const std::string& account);
  void noteMalformed(const std::string& account, Instant at, std::int64_t events);
  /// By when the statistics have counted the last silence of the last hour; nothing if there was none.
  std::optional<Instant> silenceCounted(const std::string& account, const delivery::Series& streamed,
                                        Instant now) const;
  /// The end of the time of which outcomes have come by `now`, as late as they lately came.
  Instant toldUntil(const std::string& account, Instant now) const;
  std::optional<stream::PartGained> lackingLately(const std::string& account, Instant now) const;
  std::array<stream::PartGained, stream::kParts> gained(const std::string& account, Instant from,
                                                        Instant now) const;
  bool silenceExplained(const std::string& account, Instant last, Instant now) const;

  store::Database& database_;
  const Clock& clock_;
  const Statistics& statistics_;
  const EventCounts& counts_;
  StoreHealth& health_;
  store::MetaTable meta_;
  std::map<std::string, Stream> streams_;           // by account
  std::map<std::string, Status> statuses_;          // by account, also those that are not configured now
  std::map<std::string, std::string> settings_;     // by account
  std::map<std::string, Instant> malformedLogged_;  // by account
  // By account and minute, of the last day.
  std::map<std::string, std::map<Instant, std::int64_t>> malformed_;
  std::set<std::string> unstored_;  // accounts whose status is not in the store
};

}  // namespace arrivald::watch
