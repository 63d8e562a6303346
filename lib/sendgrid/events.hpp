// events: parses the JSON of SendGrid's event webhook. Every field is optional and may have any type; a
// malformed event does not affect the others.
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
#include "base/phrase.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::sendgrid {

struct Event {
  using Kind = stream::EventKind;
  Kind kind = Kind::other;
  Instant at{};                ///< the event's timestamp (SendGrid's clock)
  std::string_view name;       ///< as received: "delivered"
  std::string_view email;      ///< personal data; empty for events of the account
  std::string_view messageId;  ///< sg_message_id: the same for all events of a message to one recipient
  std::string_view smtpId;     ///< "<…@…>", as the sender's SMTP client was told; not of opens and clicks
  std::string_view eventId;    ///< sg_event_id; may differ when the same event is sent again
  std::string_view reason;  ///< of deferred, bounce, blocked, dropped: the reply of the receiver or SendGrid
  std::string_view status;  ///< "5.1.1", or empty
  std::string_view type;    ///< of account_status_change: "compliance_suspend", …
  std::string_view detail;  ///< distinguishes events of one message and second: url, attempt, useragent
  bool test = false;        ///< one of the eleven events of SendGrid's test button; must not be counted

  static constexpr std::size_t kMaxCategories = 10;
  std::span<const std::string_view> categories() const { return {categories_.data(), categoryCount_}; }
  /// Categories beyond the limit are ignored.
  void addCategory(std::string_view category) {
    if (categoryCount_ < kMaxCategories) categories_[categoryCount_++] = category;
  }
  friend bool operator==(const Event&, const Event&) = default;

 private:
  // Not a vector, to avoid an allocation per event.
  std::array<std::string_view, kMaxCategories> categories_;
  std::size_t categoryCount_ = 0;
};

/// An event that cannot be parsed, and the reason; it is stored as received.
struct MalformedEvent {
  std::string_view raw;
  const char* why;  ///< in English
};

/// MalformedEvent::why, which is stored in English, for other languages.
Phrase malformedReason(std::string_view why);

/// By how much an event may be dated ahead: the clocks of the provider's servers and ours differ, by seconds
/// where they are set by a time server. What is later has a wrong date.
inline constexpr Duration kMaxAhead = std::chrono::minutes(15);

struct EventBatch {
  /// Of the malformed events of a batch this many are kept; all are counted.
  static constexpr std::size_t kMaxMalformed = 100;

  std::vector<Event> events;
  std::vector<MalformedEvent> malformed;  ///< the first kMaxMalformed
  std::size_t malformedCount = 0;         ///< estimated where no event can be told apart
  /// False: no event can be told apart in the body; `malformed` holds the whole body, which counts for
  /// eleven events or more, by its size: more than the rule on malformed events lets pass.
  bool legible = true;
};

/// Parses batches one after another. The result refers to the reader's memory and to `body` and is valid
/// until the next call. Resource; loop thread only.
class EventReader {
 public:
  EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader();

  /// `body` must be followed by 64 readable bytes. It is a JSON array, or any sequence of objects and arrays;
  /// what lies between is malformed. If no event can be told apart, the whole is malformed. An empty body
  /// is an empty batch.
  /// An event that is dated after `latest` is malformed.
  const EventBatch& read(std::string_view body, Instant latest = Instant::max());
  /// The same for a part of a batch, as slicesOf() returns it; no bytes need follow.
  const EventBatch& readSlice(std::string_view items, Instant latest = Instant::max());

 private:
  struct Parts;
  void illegible(std::string_view body, const char* why);
  void addMalformed(const char* why, std::string_view raw);
  std::string usable(std::string_view item, const char*& why);
  bool recover(std::string_view body);
  std::unique_ptr<Parts> parts_;
};

}  // namespace arrivald::sendgrid
