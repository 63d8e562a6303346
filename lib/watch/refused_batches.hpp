// RefusedBatches: batches of events that came and were not taken, and why: what the log, `status` and the
// rule stream_silent say about them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only; kept in memory. One log line a kind, account and hour, with the number and the
/// remedy.
class RefusedBatches final : public Owner {
 public:
  explicit RefusedBatches(const Clock& clock) : clock_(clock) {}

  /// Batches without a known account are kept.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  /// `account` is empty where it is not known. `kind` as in arrivald_event_batches_total.
  void refused(const std::string& account, std::string_view kind);
  /// A genuine batch was taken: what was refused before it is over.
  void taken(const std::string& account);

  struct Latest {
    std::string kind;  ///< of the last one
    std::int64_t count = 0;
    Instant first{}, last{};
  };
  /// Since the last batch that was taken; nothing if none was refused.
  std::optional<Latest> since(const std::string& account) const;
  /// The kind, where at least two batches were refused, half a minute apart or more, and none was taken for a
  /// minute since the first: single ones come from strangers, and a small sender's batches come a minute
  /// apart. Empty otherwise.
  std::string lasting(const std::string& account) const;

  /// What to do about a kind, for the log.
  static std::string_view remedy(std::string_view kind);

 private:
  struct Logged {
    Instant at{};
    std::int64_t since = 0;  // batches refused since then
  };
  const Clock& clock_;
  std::map<std::string, Latest> latest_;                          // by account
  std::map<std::pair<std::string, std::string>, Logged> logged_;  // by account and kind
};

}  // namespace arrivald::watch
