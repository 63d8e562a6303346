// EventKind: the event types of SendGrid's event webhook.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "delivery/metric.hpp"

namespace arrivald::stream {

/// The numbers are stored in records: a new kind gets the next free one, and no number is ever reused.
enum class EventKind : std::uint8_t {
  processed = 0,
  deferred = 1,
  delivered = 2,
  bounce = 3,   ///< a bounce of type "bounce", or without a type
  blocked = 4,  ///< a bounce of type "blocked" or "expired"
  dropped = 5,
  open = 6,
  click = 7,
  spamReport = 8,
  unsubscribe = 9,
  groupUnsubscribe = 10,
  groupResubscribe = 11,
  accountStatusChange = 12,
  other = 13,  ///< an unknown event type
};
inline constexpr std::size_t kEventKinds = 14;
static_assert(static_cast<std::size_t>(EventKind::other) + 1 == kEventKinds);

/// "processed", …, "blocked", "spamreport", …: the spelling of SendGrid and of metric labels.
std::string_view name(EventKind kind);
/// All names, in the order of the kinds.
std::span<const std::string_view> eventNames();
std::optional<EventKind> eventKindNamed(std::string_view name);

/// Kinds that carry the receiving server's reply: bounces, blocks, and deferrals (which are not final).
constexpr bool hasReply(EventKind kind) {
  return kind == EventKind::bounce || kind == EventKind::blocked || kind == EventKind::deferred;
}

/// What happens to mail, as opposed to the account, and of a known kind.
constexpr bool isAboutMail(EventKind kind) {
  return kind != EventKind::accountStatusChange && kind != EventKind::other;
}

/// Mail that a receiver did not accept: what delivery::Counts::failed() counts.
constexpr bool isFailure(EventKind kind) { return kind == EventKind::bounce || kind == EventKind::blocked; }

/// Adds one event to the counts of the corresponding statistics. No event stands for "requests": it is
/// counted for each processed and each dropped event.
void addTo(delivery::Counts& counts, EventKind kind);

}  // namespace arrivald::stream
