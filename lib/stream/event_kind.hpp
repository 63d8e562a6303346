// EventKind: what an event says has happened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "delivery/metric.hpp"

namespace arrivald::stream {

/// The numbers are stored in records: a new kind gets the next free one, and none is ever used again.
enum class EventKind : std::uint8_t {
  processed = 0,
  deferred = 1,
  delivered = 2,
  bounce = 3,   ///< a hard one, or one that does not say
  blocked = 4,  ///< a bounce of type "blocked" or "expired"
  dropped = 5,
  open = 6,
  click = 7,
  spamReport = 8,
  unsubscribe = 9,
  groupUnsubscribe = 10,
  groupResubscribe = 11,
  accountStatusChange = 12,
  other = 13,  ///< a name that we do not know
};
inline constexpr std::size_t kEventKinds = 14;
static_assert(static_cast<std::size_t>(EventKind::other) + 1 == kEventKinds);

/// "processed", …, "blocked", "spamreport", …: the provider's spelling, and our metrics'.
std::string_view name(EventKind kind);
std::optional<EventKind> eventKindNamed(std::string_view name);

/// Failures with a receiver's reply: bounce, blocked; and a deferral, which is none yet.
constexpr bool hasReply(EventKind kind) {
  return kind == EventKind::bounce || kind == EventKind::blocked || kind == EventKind::deferred;
}

/// What one event adds to the counts that the provider's statistics hold as well. "requests" has no event: it
/// is what was processed or dropped.
void addTo(delivery::Counts& counts, EventKind kind);

}  // namespace arrivald::stream
