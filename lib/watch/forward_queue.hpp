// ForwardQueue: batches of the event stream as received, waiting for other consumers.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "metrics/registry.hpp"
#include "runtime/wakeup.hpp"
#include "store/forwards_table.hpp"
#include "stream/fingerprint.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// The headers that a consumer needs to verify a batch by itself, as the store keeps them: a JSON object.
std::string forwardedHeaders(const http::Headers& headers);

/// Names the installations that have forwarded a batch, so that none takes its own again.
inline constexpr std::string_view kForwardedByHeader = "X-Arrivald-Forwarded-By";
/// The name of the installation whose store has this key.
std::string installationOf(const stream::FingerprintKey& key);

/// Resource; loop thread only. Filled by the event log in the transaction that stores a batch, emptied by one
/// forward_events task per target. What waits is known in memory, so that neither depth nor order is ever
/// counted in the store; the bodies are in the store only. A target's max_bytes holds at each commit: the
/// oldest batches are discarded for new ones.
class ForwardQueue final : public Owner {
 public:
  ForwardQueue(store::Database& database, metrics::Registry& registry, const Clock& clock);

  void load() override;
  /// The same after the store was opened again: the file may hold more than could be read of it before.
  void reload();
  /// Deletes the batches of targets that are no longer configured, and logs it. While the store refuses, they
  /// stay in it, and belong to no target that has the same name later.
  void retain(const config::Config& configuration) override;
  void retainMissed() override;
  /// A batch has waited as long after the clock was set as before.
  void shift(Duration step) override;
  void storeShift(Duration step) override { table_.shift(step); }

  bool wants(const std::string& account) const;
  /// Call these inside a transaction: begin() first, then put() for each batch, which adds one row for each
  /// target of the account; and committed() after the commit.
  void begin();
  void put(const std::string& account, Instant received, std::string_view headers, std::string_view body);
  void committed();
  /// For a target's task: wakes it, and ends when woken, and after `max`.
  void wake() { wakeup_.wake(); }
  runtime::Task<> wait(Clock& clock, Duration max) { return wakeup_.wait(clock, max); }

  struct Depth {
    std::int64_t batches = 0, bytes = 0;
    std::optional<Instant> oldest;
    friend bool operator==(const Depth&, const Depth&) = default;
  };
  Depth depth(const std::string& target) const;
  /// The oldest batch that is not in flight; it is in flight from now on. Nothing if there is none.
  Result<std::optional<store::ForwardedBatch>> take(const std::string& target);
  /// The batch was not taken by the target, and comes first again.
  void giveBack(const std::string& target, std::int64_t id);
  /// Deletes batches in one transaction.
  Done remove(const std::string& target, const std::vector<std::int64_t>& ids);
  /// Discards the batches received before `before`, at most 100 at once; returns how many.
  Result<std::size_t> discardBefore(const std::string& target, Instant before);
  /// Exports each target's backlog.
  void publish();

 private:
  struct Waiting {
    std::int64_t id = 0;
    Instant received{};
    std::int64_t bytes = 0;
    bool inFlight = false;
  };
  /// What waits for one target, and what the current transaction changes.
  struct Line {
    config::Forward target;
    std::deque<Waiting> waiting;  // by id
    std::int64_t bytes = 0;
    std::vector<Waiting> added;
    std::set<std::int64_t> discarded;
    std::int64_t nextBytes = 0;  // after the transaction
    std::optional<Instant> discardLoggedAt;
    std::int64_t discardedUnlogged = 0;
  };
  Done deleteRemoved();
  void makeRoom(Line& line, std::int64_t bytes);
  void logDiscarded(Line& line);
  static void erase(Line& line, const std::set<std::int64_t>& ids);
  std::map<std::string, Line> read();

  store::Database& database_;
  metrics::Registry& registry_;
  const Clock& clock_;
  store::ForwardsTable table_;
  runtime::Wakeup wakeup_;
  std::map<std::string, std::vector<std::int64_t>> removed_;  // rows still to be deleted, by target
  std::map<std::string, Line>
      lines_;  // by target; before the first retain() also of targets that were removed
};

}  // namespace arrivald::watch
