// compose: a change and what is known around it → a message. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time_zone.hpp"
#include "notify/catalogue.hpp"
#include "notify/context.hpp"
#include "notify/notification.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::notify {

/// At most this many characters stand in a fallback.
inline constexpr std::size_t kFallbackCharacters = 100;

Notification compose(const rules::Change& change, const Context& context, Language language);

/// Several messages as one: each in a line, worst first, with the steps of all. At least one message.
Notification composeGroup(std::vector<Notification> messages, Instant now, const TimeZone& zone,
                          Language language);

/// A marked test through one channel.
Notification composeTest(const std::string& channel, const std::string& id, Instant now, const TimeZone& zone,
                         Language language);

/// The key of what to do about a channel's answer, such as "400 invalid_payload": its words decide, not the
/// status in front of them. The text has the placeholder {channel}.
std::string undeliverableKey(std::string_view reason);

/// For the other channels, when one does not take its messages.
Notification composeUndeliverable(const std::string& channel, const std::string& reason,
                                  const std::string& id, Instant now, const TimeZone& zone,
                                  Language language);

/// The end of that: `channel` took a notification again.
Notification composeDeliverable(const std::string& channel, const std::string& id, Instant now,
                                const TimeZone& zone, Language language);

/// Why arrivald's own store refuses what is written, and since when.
struct StoreTrouble {
  Error error;
  std::string path;
  Instant since{};
  bool waits = false;       ///< arrivald watches nothing meanwhile
  std::int64_t number = 0;  ///< as incidents have; 0: none
};

/// The key under which the catalogue has its texts: "store.disk_full" and the like, "store.storage" for all
/// other kinds of error.
std::string storeKey(Error::Kind kind);
/// arrivald's own disk is full, read-only or failing; what to do.
Notification composeStoreTrouble(const StoreTrouble& trouble, const std::string& id, Instant now,
                                 const TimeZone& zone, Language language);
/// The end of a StoreTrouble.
struct StoreRecovery {
  std::string path;
  Instant since{};
  Instant until{};
  /// What became of what only memory held: it was stored, or lost with a restart; or there was nothing, as
  /// arrivald waited for the store.
  enum class Memory { stored, lost, none };
  Memory memory = Memory::stored;
  std::int64_t number = 0;  ///< as incidents have; 0: none
};
Notification composeStoreWorks(const StoreRecovery& recovery, const std::string& id, Instant now,
                               const TimeZone& zone, Language language);

/// arrivald cannot judge its rules, by a fault of its own, or can again.
struct RulesTrouble {
  Error error;
  Instant since{};
  std::optional<Instant> until;  ///< it works again since then
  std::int64_t number = 0;       ///< as incidents have
};
Notification composeRulesTrouble(const RulesTrouble& trouble, const std::string& id, Instant now,
                                 const TimeZone& zone, Language language);

/// Marks a notification that its channel, or the one that it stands in for, did not take when it was meant,
/// at `meant`.
void markLate(Notification& notification, Instant meant, const TimeZone& zone, Language language);
/// Says which channel this one stands in for, if it does.
void markStandIn(Notification& notification, Language language);

/// Stands in for a stored notification that cannot be read, so that none is dropped silently. `id` is the
/// lost one's.
Notification composeUnreadable(const std::string& reason, const std::string& id, Instant now,
                               const TimeZone& zone, Language language);

}  // namespace arrivald::notify
