// ForwardQueue: batches of the event stream as received, waiting for other consumers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "metrics/registry.hpp"
#include "runtime/wakeup.hpp"
#include "store/forwards_table.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// The headers that a consumer needs to verify a batch by itself, as the store keeps them: a JSON object.
std::string forwardedHeaders(const http::Headers& headers);

/// Resource; loop thread only. Filled by the event log in the transaction that stores a batch, emptied by one
/// forward_events task per target.
class ForwardQueue final : public Owner {
 public:
  ForwardQueue(store::Database& database, metrics::Registry& registry);

  /// Deletes the batches of targets that are no longer configured, and logs it.
  void retain(const config::Config& configuration) override;
  /// A batch has waited as long after the clock was set as before.
  void storeShift(Duration step) override { table_.shift(step); }

  bool wants(const std::string& account) const;
  /// Adds one row for each target of the account. Call it inside a transaction.
  void put(const std::string& account, Instant received, std::string_view headers, std::string_view body);
  /// Wakes the targets' tasks. Call it after the commit.
  void wake() { wakeup_.wake(); }
  /// Ends when wake() is called, and after `max`.
  runtime::Task<> wait(Clock& clock, Duration max) { return wakeup_.wait(clock, max); }

  struct Next {
    store::ForwardsTable::Depth depth;
    std::optional<store::ForwardedBatch> batch;  ///< the oldest
  };
  /// Publishes the target's backlog as well.
  Result<Next> next(const std::string& target, Instant now);
  Done remove(std::int64_t id);

 private:
  store::Database& database_;
  metrics::Registry& registry_;
  store::ForwardsTable table_;
  runtime::Wakeup wakeup_;
  std::vector<config::Forward> targets_;
};

}  // namespace arrivald::watch
