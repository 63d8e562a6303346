// RefusedBatches: batches of events that came and were not taken, and why: what the log, `status` and the
// rule stream_silent say about them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Whom a refused batch comes from, as far as its header tells. A genuine one that is refused means that
/// events are lost; strangers post to every open port.
enum class BatchSender : std::uint8_t { provider, unknown };

/// Resource; loop thread only; kept in memory. One log line a kind, account and hour, with the number and the
/// remedy.
class RefusedBatches final : public Owner {
 public:
  explicit RefusedBatches(const Clock& clock) : clock_(clock) {}

  /// Batches without a known account are kept.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  /// `account` is empty where it is not known. `kind` as in arrivald_event_batches_total.
  void refused(const std::string& account, std::string_view kind, BatchSender sender);
  /// A genuine batch was taken: what was refused before it is over.
  void taken(const std::string& account);

  struct Latest {
    std::string kind;  ///< of the last one
    std::int64_t count = 0;
    Instant first{}, last{};
  };
  /// Since the last batch that was taken; nothing if none was refused.
  std::optional<Latest> since(const std::string& account) const;
  /// What is refused again and again while none is taken. Of batches that look like the provider's two
  /// suffice, half a minute apart or more, a minute after the first: a small sender's come a minute apart. Of
  /// others, at least ten over ten minutes without a pause: a proxy may hide who posts, and strangers do not
  /// come so steadily.
  std::optional<Latest> lasting(const std::string& account) const;

  /// How many of each kind were refused within the last hour, whether or not others were taken since.
  std::map<std::string, std::int64_t> lately(const std::string& account) const;

  /// What to do about a kind, for the log.
  static std::string_view remedy(std::string_view kind);

 private:
  struct Logged {
    Instant at{};
    std::int64_t since = 0;  // batches refused since then
  };
  struct Account {
    Latest all;
    Latest genuine;  // those that look like the provider's
    Latest steady;   // the others since their last pause
  };
  const Clock& clock_;
  std::map<std::string, Account> latest_;
  std::map<std::pair<std::string, std::string>, Logged> logged_;  // by account and kind
  // By the same, and minute, of the last hour.
  std::map<std::pair<std::string, std::string>, std::map<Instant, std::int64_t>> minutes_;
};

}  // namespace arrivald::watch
