#include "sendgrid/events.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/utf8.hpp"
#include "sendgrid/json_items.hpp"

namespace arrivald::sendgrid {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr std::size_t kMaxBatch = 16 << 20;
// An item that is larger is not parsed as a whole, which would take fourteen times its size: only the members
// that arrivald uses are.
constexpr std::size_t kMaxParsedItem = 512 * 1024;
// Seconds of 2001 and 2100: a number outside is not an event's time, or in another unit.
constexpr std::int64_t kEarliest = 978'307'200;
constexpr std::int64_t kLatest = 4'102'444'800;

// Why an event is malformed.
constexpr auto kDatedAhead =
    pattern("it is dated more than 15 min ahead: see this host's clock, or whoever sent it");
constexpr auto kNoEvent = pattern("it has no \"event\"");
constexpr auto kNoTimestamp = pattern("it has no usable \"timestamp\"");
constexpr auto kOfNothing = pattern("it names neither an address nor a message");
constexpr auto kTooDeep = pattern("it is nested too deeply");
constexpr auto kTooLarge = pattern("it is too large");
constexpr auto kNotUtf8 = pattern("it is not written in UTF-8");
constexpr auto kNotJson = pattern("it is not JSON");
constexpr auto kNoObject = pattern("it is not a JSON object");
constexpr auto kNoList = pattern("it is neither a JSON array nor an object");
constexpr Pattern kReasons[] = {kDatedAhead, kNoEvent, kNoTimestamp, kOfNothing, kTooDeep,
                                kTooLarge,   kNotUtf8, kNotJson,     kNoObject,  kNoList};
// Of a body in which no event can be told apart the number of events is estimated: it may have been one, but
// it shows that what is between SendGrid and here changes all of them. More than the default rule lets pass.
constexpr std::size_t kMinOfBody = 11;
constexpr std::size_t kUsualEvent = 700;  // bytes

std::string_view textOf(const element& value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::optional<std::int64_t> wholeOf(double real) {
  if (!(real > -9e15 && real < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

// A number, or text that is one, with or without a fraction.
std::optional<std::int64_t> numberOf(const element& value) {
  std::int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  double real = 0;
  if (value.get(real) == simdjson::SUCCESS) return wholeOf(real);
  auto text = textOf(value);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, real);
  if (text.empty() || error != std::errc() || end != last) return std::nullopt;
  return wholeOf(real);
}

// Seconds since 1970, or milliseconds, which some kinds of mailings have.
std::optional<Instant> timeOf(const element& value) {
  const auto number = numberOf(value);
  if (!number) return std::nullopt;
  if (*number >= kEarliest && *number <= kLatest) return fromUnixSeconds(*number);
  if (*number >= kEarliest * 1000 && *number <= kLatest * 1000) return fromUnixMilliseconds(*number);
  return std::nullopt;
}

Event::Kind kindOf(std::string_view name, std::string_view type) {
  if (name == "bounce")
    return type == "blocked" || type == "block" || type == "expired" ? Event::Kind::blocked
                                                                     : Event::Kind::bounce;
  if (name == "spam report") return Event::Kind::spamReport;
  // "blocked" is arrivald's own name, not an event type of SendGrid.
  const auto kind = stream::eventKindNamed(name);
  return kind && *kind != Event::Kind::blocked ? *kind : Event::Kind::other;
}

}  // namespace

struct EventReader::Parts {
  simdjson::dom::parser parser{kMaxBatch}, itemParser{kMaxBatch};
  EventBatch batch;
  std::string repaired;
  std::string recovered;          // a batch without the values that the parser refuses
  std::vector<std::string> raws;  // of malformed events
  std::string slice;              // a part of a batch within brackets
};

EventReader::EventReader() : parts_(std::make_unique<Parts>()) {}
EventReader::~EventReader() = default;

namespace {

bool holdsObject(const element& item) {
  simdjson::dom::array list;
  if (item.get(list) != simdjson::SUCCESS) return item.is_object();
  for (const auto inner : list)
    if (holdsObject(inner)) return true;
  return false;
}

// Whether it is no event, but an object around a list of them: {"events": [...]}.
bool holdsList(const element& item) {
  object members;
  if (item.get(members) != simdjson::SUCCESS) return false;
  for (const auto [key, value] : members)
    if (value.is_array() && holdsObject(value)) return true;
  return false;
}

// With a byte order mark, or a character below 0x100 in front, such as a bracket.
bool isUtf16(std::string_view body) {
  return body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff") ||
         body.substr(0, 2).find('\0') != std::string_view::npos;
}

template <class Visit>
void eachElement(const element& item, const Visit& visit) {
  simdjson::dom::array list;
  if (item.get(list) != simdjson::SUCCESS) return visit(item);
  for (const auto inner : list) eachElement(inner, visit);
}

// Calls `visit` with the objects of a batch, also of arrays in it, and with what else stands among them; an
// array without any object is one such thing. The parser limits the depth.
template <class Visit>
void eachObject(const element& batch, const Visit& visit) {
  simdjson::dom::array list;
  if (batch.get(list) != simdjson::SUCCESS) return visit(batch);
  for (const auto item : list) {
    if (item.is_array() && holdsObject(item))
      eachElement(item, visit);
    else
      visit(item);
  }
}

// Members of which other fields are composed, or that are parsed later.
struct Fields {
  std::optional<element> stamp, category;
  std::string_view response, reason, url, useragent, attempt;
};

Fields collect(const object& members, Event& event) {
  Fields fields;
  for (const auto [key, value] : members) {
    // The first of two equal names counts: SendGrid writes its own members before custom arguments.
    const auto take = [&](std::string_view& into) {
      if (into.empty()) into = textOf(value);
    };
    if (key == "event") {
      take(event.name);
    } else if (key == "email") {
      take(event.email);
    } else if (key == "timestamp") {
      if (!fields.stamp) fields.stamp = value;
    } else if (key == "sg_event_id") {
      take(event.eventId);
    } else if (key == "sg_message_id") {
      take(event.messageId);
    } else if (key == "response") {
      take(fields.response);
    } else if (key == "reason") {
      take(fields.reason);
    } else if (key == "status") {
      take(event.status);
    } else if (key == "type") {
      take(event.type);
    } else if (key == "smtp-id") {
      take(event.smtpId);
    } else if (key == "url") {
      take(fields.url);
    } else if (key == "useragent") {
      take(fields.useragent);
    } else if (key == "attempt") {
      take(fields.attempt);
    } else if (key == "category") {
      if (!fields.category) fields.category = value;
    }
  }
  return fields;
}

// Accepts one name or a list of names.
void addCategories(const element& category, Event& event) {
  simdjson::dom::array list;
  if (const auto one = textOf(category); !one.empty()) {
    event.addCategory(one);
  } else if (category.get(list) == simdjson::SUCCESS) {
    for (const auto item : list)
      if (const auto text = textOf(item); !text.empty()) event.addCategory(text);
  }
}

// Why the event is malformed; null if it is valid.
const char* readEvent(const object& members, Instant latest, Event& event) {
  const auto fields = collect(members, event);
  if (event.name.empty()) return kNoEvent.text.data();
  event.kind = kindOf(event.name, event.type);
  if (event.kind != Event::Kind::accountStatusChange) event.type = {};
  const auto at = fields.stamp ? timeOf(*fields.stamp) : std::nullopt;
  if (!at) return kNoTimestamp.text.data();
  event.at = *at;
  event.reason = fields.reason.empty() ? fields.response : fields.reason;
  event.detail = !fields.url.empty()       ? fields.url
                 : !fields.attempt.empty() ? fields.attempt
                                           : fields.useragent;
  event.test = event.email == "example@test.com" || event.smtpId == "<14c5d75ce93.dfd.64b469@ismtpd-555>";
  if (fields.category) addCategories(*fields.category, event);
  const bool ofMessage = event.kind <= Event::Kind::dropped;
  if (ofMessage && event.email.empty() && event.messageId.empty()) return kOfNothing.text.data();
  if (event.at > latest && !event.test) return kDatedAhead.text.data();
  return nullptr;
}

constexpr std::string_view kMembersUsed[] = {
    "event",  "email", "timestamp", "sg_event_id", "sg_message_id", "response",  "reason",
    "status", "type",  "smtp-id",   "url",         "category",      "useragent", "attempt"};

// Rebuilds an item that the parser refuses from the members that arrivald uses and that can be parsed: custom
// arguments may hold any JSON. The first of two equal names counts. Empty if it is not an object or has no
// such member.
std::string usableMembers(std::string_view item, simdjson::dom::parser& parser) {
  std::string kept;
  std::array<bool, std::size(kMembersUsed)> seen{};
  const bool split = eachMember(item, [&](std::string_view key, std::string_view value) {
    const auto used = std::find(std::begin(kMembersUsed), std::end(kMembersUsed), key);
    if (used == std::end(kMembersUsed)) return;
    auto& known = seen[static_cast<std::size_t>(used - std::begin(kMembersUsed))];
    if (known || value.size() > kMaxParsedItem) return;
    if (parser.parse(value.data(), value.size()).error() != simdjson::SUCCESS) return;
    known = true;
    ((((kept += kept.empty() ? "{\"" : ",\"") += key) += "\":") += value);
  });
  if (!split) return {};
  return kept.empty() ? kept : kept + "}";
}

// Control characters stand for nothing in JSON, and within a string they are an error.
std::string withoutControls(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

const char* reasonOf(simdjson::error_code error) {
  if (error == simdjson::DEPTH_ERROR) return kTooDeep.text.data();
  return (error == simdjson::CAPACITY ? kTooLarge : kNotJson).text.data();
}

}  // namespace

Phrase malformedReason(std::string_view why) {
  const auto* const found =
      std::ranges::find(kReasons, why, [](const Pattern& reason) { return reason.text; });
  return found == std::end(kReasons) ? verbatim(std::string(why)) : phrase(*found);
}

void EventReader::addMalformed(const char* why, std::string_view raw) {
  auto& batch = parts_->batch;
  if (++batch.malformedCount > EventBatch::kMaxMalformed) return;
  batch.malformed.push_back({{}, why});
  parts_->raws.emplace_back(raw);
}

// What can be parsed of an object that is refused as a whole; empty if nothing.
std::string EventReader::usable(std::string_view item, const char*& why) {
  auto& parser = parts_->itemParser;
  const bool isHuge = item.size() > kMaxParsedItem;
  auto error = simdjson::CAPACITY;
  if (!isHuge) error = parser.parse(item.data(), item.size()).error();
  why = reasonOf(error);
  if (error == simdjson::SUCCESS) return std::string(item);
  const auto spaced = withoutControls(item);
  if (!isHuge && parser.parse(spaced).error() == simdjson::SUCCESS) return spaced;
  return usableMembers(spaced, parser);
}

// Parses object by object, so that one that the parser refuses does not affect the others, whatever stands
// between them. False if no object can be told apart.
bool EventReader::recover(std::string_view body) {
  const auto items = itemsOf(body);
  auto& recovered = parts_->recovered;
  recovered = "[";
  bool toldApart = items.has_value();
  for (const auto item : items ? *items : std::vector{body}) {
    if (item.empty()) continue;  // between two commas
    if (item.find('{') == std::string_view::npos) {
      addMalformed(kNoObject.text.data(), item);
      continue;
    }
    for (const auto& piece : piecesOf(item)) {
      toldApart = toldApart || piece.isObject;
      const char* why = kNoObject.text.data();
      const auto kept = piece.text.starts_with('{') ? usable(piece.text, why) : std::string();
      if (kept.empty()) {
        addMalformed(why, piece.text);
        continue;
      }
      if (recovered.size() > 1) recovered += ',';
      recovered += kept;
    }
  }
  recovered += ']';
  return toldApart || recovered.size() > 2;
}

const EventBatch& EventReader::readSlice(std::string_view items, Instant latest) {
  auto& slice = parts_->slice;
  slice.clear();
  slice.reserve(items.size() + 2 + simdjson::SIMDJSON_PADDING);
  ((slice += '[') += items) += ']';
  return read(slice, latest);
}

// The whole body is kept as it is, and counts for the events that it may hold.
void EventReader::illegible(std::string_view body, const char* why) {
  auto& batch = parts_->batch;
  batch.legible = false;
  batch.malformedCount = std::max(kMinOfBody, body.size() / kUsualEvent);
  batch.malformed.assign(1, {body, why});
}

const EventBatch& EventReader::read(std::string_view body, Instant latest) {
  auto& batch = parts_->batch;
  batch = EventBatch{std::move(batch.events), {}, 0, true};
  batch.events.clear();
  parts_->raws.clear();
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const auto received = body;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return batch;
  if (isUtf16(body)) {
    illegible(received, kNotUtf8.text.data());
    return batch;
  }
  element whole;
  auto error = simdjson::CAPACITY;
  const bool hasHugeItem = body.size() > kMaxParsedItem;
  if (!hasHugeItem) error = parts_->parser.parse(body.data(), body.size(), false).get(whole);
  if (error == simdjson::UTF8_ERROR || (hasHugeItem && !isUtf8(body))) {
    parts_->repaired = repairUtf8(body);
    body = parts_->repaired;
    if (!hasHugeItem) error = parts_->parser.parse(parts_->repaired).get(whole);
  }
  const auto reason = reasonOf(error);
  if (error != simdjson::SUCCESS && recover(body)) error = parts_->parser.parse(parts_->recovered).get(whole);
  if (error != simdjson::SUCCESS) {
    illegible(received, reason);
    return batch;
  }
  if (!whole.is_array() && !whole.is_object()) {
    illegible(body, kNoList.text.data());
    return batch;
  }
  eachObject(whole, [&](const element& item) {
    object fields;
    Event event;
    const char* why =
        item.get(fields) == simdjson::SUCCESS ? readEvent(fields, latest, event) : kNoObject.text.data();
    if (!why)
      batch.events.push_back(std::move(event));
    else if (batch.malformedCount < EventBatch::kMaxMalformed)
      addMalformed(why, simdjson::minify(item));
    else
      ++batch.malformedCount;
  });
  const bool isOneObject = received[received.find_first_not_of(" \t\r\n")] == '{';
  if (isOneObject && batch.events.empty() && batch.malformedCount == 1 && (hasHugeItem || holdsList(whole))) {
    illegible(received, kNoEvent.text.data());
    return batch;
  }
  // Views are taken last, when the strings no longer move.
  for (std::size_t i = 0; i < batch.malformed.size(); ++i) batch.malformed[i].raw = parts_->raws[i];
  return batch;
}

}  // namespace arrivald::sendgrid
