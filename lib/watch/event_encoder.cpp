#include "watch/event_encoder.hpp"

#include <algorithm>

#include "base/folded.hpp"
#include "base/hide.hpp"
#include "base/utf8.hpp"
#include "sendgrid/decode.hpp"
#include "stream/fingerprint.hpp"

namespace arrivald::watch {

using sendgrid::Event;
using stream::EventKind;
using stream::Record;

namespace {

constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxStatus = 20;

// Texts without control characters and with valid UTF-8 are not copied.
bool isPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

std::string_view cleaned(std::string_view text, std::string& kept, std::size_t max) {
  if (text.size() <= max && isPlain(text)) return text;
  kept = oneLine(text, max);
  return kept;
}

bool isCapital(char c) { return c >= 'A' && c <= 'Z'; }

constexpr std::size_t kMaxRead = 4 * Record::kMaxReason;

std::string_view reasonOf(const Event& event) {
  const auto reason = event.kind == EventKind::accountStatusChange ? event.type : event.reason;
  return reason.substr(0, kMaxRead);
}

// A text of at most `max` bytes without addresses. What was cut off a longer one may have been the @ of its
// last word.
std::string hidden(std::string_view text, std::string_view recipient, std::size_t max) {
  if (text.size() >= kMaxRead) {
    const auto end = text.find_last_of(Folded::kEnds);
    text = text.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return oneLine(withoutAddresses(text, recipient), max);
}

}  // namespace

void EventEncoder::encode(const Event& event, PendingBatch& batch) {
  const auto reason = reasonOf(event);
  Record record;
  record.kind = event.kind;
  record.at = event.at;
  fillKeys(event, batch.account, reason, record);
  fillTexts(event, reason, record);
  record.categories = joinCategories(event);

  PendingEvent pending;
  pending.kind = record.kind;
  pending.keys = {record.idKey, record.contentKey};
  pending.at = record.at;
  pending.finder.address = static_cast<std::uint32_t>(record.emailKey);
  if (!record.messageId.empty())
    pending.finder.message = static_cast<std::uint32_t>(stream::messageIdKey(record.messageId));
  if (!record.smtpId.empty())
    pending.smtpId = static_cast<std::uint32_t>(stream::messageIdKey(record.smtpId));
  pending.begin = batch.records.size();
  append(batch.records, record);
  pending.end = batch.records.size();
  batch.events.push_back(pending);
}

void EventEncoder::fillKeys(const Event& event, std::string_view account, std::string_view reason,
                            Record& record) const {
  const auto email = event.email.substr(0, Record::kMaxText);
  const auto eventId = event.eventId.substr(0, Record::kMaxText);
  const auto messageId = event.messageId.substr(0, Record::kMaxText);
  const auto milliseconds = unixMilliseconds(event.at);
  const std::string_view when(reinterpret_cast<const char*>(&milliseconds), sizeof milliseconds);
  record.emailKey = email.empty() ? 0 : stream::addressKey(email, key_);
  const std::string_view who(reinterpret_cast<const char*>(&record.emailKey), sizeof record.emailKey);
  if (!eventId.empty()) record.idKey = stream::fingerprintOf({account, "id", eventId});
  if (event.kind == EventKind::processed && !messageId.empty()) {
    // A message is processed once, whenever it is told: its whole id is what the event says.
    record.contentKey = stream::fingerprintOf({account, "content", event.name, who, messageId});
  } else {
    record.contentKey = stream::fingerprintOf(
        {account, "content", event.name, who, messageId, when, event.detail, reason, event.type,
         messageId.empty() ? event.smtpId.substr(0, Record::kMaxText) : std::string_view()});
  }
  record.messageKey = stream::fingerprintOf({account, "message", messageId, who});
}

void EventEncoder::fillTexts(const Event& event, std::string_view reason, Record& record) {
  fillIds(event, record);
  const auto email = cleaned(event.email.substr(0, Record::kMaxText), email_, Record::kMaxText);
  if (const auto at = email.rfind('@'); at != std::string_view::npos) {
    record.domain = email.substr(at + 1, kMaxDomain);
    if (std::any_of(record.domain.begin(), record.domain.end(), isCapital)) {
      domain_ = record.domain;
      for (auto& c : domain_)
        if (isCapital(c)) c = static_cast<char>(c - 'A' + 'a');
      record.domain = domain_;
    }
  }
  if (hashAddresses_) {
    record.reason = reason_ = hidden(reason, email, Record::kMaxReason);
    record.status = status_ = hidden(event.status.substr(0, kMaxRead), email, kMaxStatus);
  } else {
    record.email = email;
    record.reason = cleaned(reason, reason_, Record::kMaxReason);
    record.status = cleaned(event.status, status_, kMaxStatus);
  }
}

// The provider makes message ids; senders make smtp-ids, also of addresses.
void EventEncoder::fillIds(const Event& event, Record& record) {
  const auto messageId = event.messageId.substr(0, Record::kMaxText);
  const auto smtpId = event.smtpId.substr(0, Record::kMaxText);
  if (hashAddresses_)
    record.messageId = id_ = hidden(messageId, event.email, Record::kMaxText);
  else
    record.messageId = cleaned(messageId, id_, Record::kMaxText);
  if (smtpId.empty() || stream::messageIdStem(smtpId) == stream::messageIdStem(record.messageId)) return;
  if (hashAddresses_)
    record.smtpId = smtpId_ = stream::keyedSmtpId(smtpId, key_);
  else
    record.smtpId = cleaned(smtpId, smtpId_, Record::kMaxText);
}

std::string EventEncoder::storable(std::string_view malformed) const {
  constexpr auto kMax = store::EventsTable::kMaxMalformedBytes;
  if (!hashAddresses_) return std::string(malformed.substr(0, kMax));
  // Cut afterwards: half an address is not known as one.
  return std::string(cutUtf8(withoutAddresses(malformed), kMax));
}

std::string_view EventEncoder::joinCategories(const Event& event) {
  categories_.clear();
  for (const auto category : event.categories()) {
    if (!categories_.empty()) categories_ += Record::kBetweenCategories;
    if (hashAddresses_)
      categories_ += sendgrid::subjectName(hidden(category.substr(0, kMaxRead), event.email, kMaxRead));
    else
      categories_ += sendgrid::subjectName(category);
  }
  return categories_;
}

}  // namespace arrivald::watch
