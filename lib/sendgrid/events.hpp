// events: the Event Webhook's JSON → facts. Every field is optional and of any type; one odd event spoils no
// other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::sendgrid {

struct Event {
  using Kind = stream::EventKind;
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
      detail;         ///< what tells two events of one message and second apart: url, attempt, useragent
  bool test = false;  ///< one of the eleven that the provider's "test" sends; must not be counted

  static constexpr std::size_t kMaxCategories = 10;
  std::span<const std::string_view> categories() const { return {categories_.data(), categoryCount_}; }
  /// Those beyond the limit are left out.
  void addCategory(std::string_view category) {
    if (categoryCount_ < kMaxCategories) categories_[categoryCount_++] = category;
  }
  friend bool operator==(const Event&, const Event&) = default;

 private:
  // Not a vector: an event should cost no memory of its own.
  std::array<std::string_view, kMaxCategories> categories_;
  std::size_t categoryCount_ = 0;
};

/// What cannot be understood, with the reason, to be kept as it came.
struct MalformedEvent {
  std::string_view raw;
  const char* why;
};

struct EventBatch {
  std::vector<Event> events;
  std::vector<MalformedEvent> malformed;
  /// False: not even the events could be told apart; `malformed` holds the whole body.
  bool legible = true;
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
  bool recover(std::string_view body);
  std::unique_ptr<Parts> parts_;
};

}  // namespace arrivald::sendgrid
