// events: the Event Webhook's JSON → facts. Every field is optional and of any type; one odd event spoils no
// other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::sendgrid {

struct Event {
  enum class Kind : std::uint8_t {
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
  Kind kind = Kind::other;
  Instant at{};                ///< the provider's own time
  std::string_view name;       ///< as it came: "delivered"
  std::string_view email;      ///< personal data; empty for events of the account
  std::string_view messageId;  ///< sg_message_id up to its first dot: the same for all events of a message
  std::string_view eventId;    ///< sg_event_id; may differ when the same event is sent again
  std::string_view reason;  ///< of deferred, bounce, blocked, dropped: the receiver's or the provider's words
  std::string_view status;  ///< "5.1.1", or empty
  std::string_view type;    ///< of account_status_change: "compliance_suspend", …
  std::string_view
      detail;  ///< what tells two events of one message and second apart: url, attempt, useragent
  std::vector<std::string_view> categories;  ///< at most 10
  bool test = false;  ///< one of the eleven that the provider's "test" sends; must not be counted
  friend bool operator==(const Event&, const Event&) = default;
};
inline constexpr std::size_t kEventKinds = 14;
/// "processed", "deferred", …, "blocked", "spamreport", …: the provider's spelling, and our metrics'.
std::string_view name(Event::Kind kind);

/// What cannot be understood, with the reason, to be kept as it came.
struct OddEvent {
  std::string_view raw;
  const char* why;
};

struct EventBatch {
  std::vector<Event> events;
  std::vector<OddEvent> odd;
};

/// Reads batches one after the other; what it gives refers to its own memory and to `body`, until the next
/// call.
class EventReader {
 public:
  EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader();

  /// `body` must be followed by 64 readable bytes. What is no JSON array of objects as a whole becomes one
  /// odd event.
  const EventBatch& read(std::string_view body);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace arrivald::sendgrid
