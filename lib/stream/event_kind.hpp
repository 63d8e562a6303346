// EventKind: what an event says has happened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "delivery/metric.hpp"

namespace arrivald::stream {

enum class EventKind : std::uint8_t {
  processed,
  deferred,
  delivered,
  bounce,   ///< a hard one, or one that does not say
  blocked,  ///< a bounce of type "blocked" or "expired"
  dropped,
  open,
  click,
  spamReport,
  unsubscribe,
  groupUnsubscribe,
  groupResubscribe,
  accountStatusChange,
  other,  ///< a name that we do not know
};
inline constexpr std::size_t kEventKinds = 14;

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
