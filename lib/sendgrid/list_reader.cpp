#include <simdjson.h>

#include "base/utf8.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxStatusBytes = 32;
constexpr std::size_t kMaxIpBytes = 64;
constexpr std::int64_t kLatestSecond = 253'402'300'799;  // the end of the year 9999
constexpr std::int64_t kMaxGroup = std::int64_t{1} << 53;

enum class Field { created, email, reason, status, ip, group, other };

Field fieldNamed(std::string_view key) {
  if (key == "created" || key == "created_at") return Field::created;
  if (key == "email") return Field::email;
  if (key == "reason") return Field::reason;
  if (key == "status") return Field::status;
  if (key == "ip") return Field::ip;
  if (key == "group_id") return Field::group;
  return Field::other;
}

/// A number from 0 to `max` from an integer, a float or digits in a string; empty for anything else.
std::optional<std::int64_t> numberOf(dom::element value, std::int64_t max) {
  std::int64_t number = -1;
  if (value.is_int64()) {
    number = value.get_int64().value_unsafe();
  } else if (value.is_double()) {
    const double read = value.get_double().value_unsafe();
    if (read >= 0 && read <= static_cast<double>(max)) number = static_cast<std::int64_t>(read);
  } else if (value.is_string()) {
    number = countOf(value.get_string().value_unsafe()).value_or(-1);
  }
  if (number < 0 || number > max) return std::nullopt;
  return number;
}

/// False if the value is not text. An integer (a status written as 550) is converted to text.
bool textInto(dom::element value, std::size_t bytes, std::string& into) {
  if (value.is_string()) {
    into.assign(cutUtf8(value.get_string().value_unsafe(), bytes));
    return true;
  }
  if (value.is_int64()) {
    into = std::to_string(value.get_int64().value_unsafe());
    return true;
  }
  return value.is_null();
}

void trim(std::string& text) {
  constexpr std::string_view kBlank = " \t\r\n";
  text.erase(std::min(text.find_last_not_of(kBlank), text.size() - 1) + 1);
  text.erase(0, std::min(text.find_first_not_of(kBlank), text.size()));
}

/// Clears `entry` but keeps the memory of its texts.
void clear(suppression::Entry& entry) {
  entry.email.clear();
  entry.created = {};
  entry.reason.clear();
  entry.status.clear();
  entry.ip.clear();
  entry.group = 0;
}

void readEntry(const dom::object& object, suppression::Entry& entry, Malformed& malformed) {
  clear(entry);
  for (const auto [key, value] : object) {
    bool good = true;
    switch (fieldNamed(key)) {
      case Field::created: {
        const auto seconds = numberOf(value, kLatestSecond);
        good = seconds.has_value();
        if (good) entry.created = fromUnixSeconds(*seconds);
        break;
      }
      case Field::email:
        good = textInto(value, kMaxEmailBytes + 1, entry.email);
        trim(entry.email);
        break;
      case Field::reason:
        good = textInto(value, kMaxReasonBytes, entry.reason);
        break;
      case Field::status:
        good = textInto(value, kMaxStatusBytes, entry.status);
        break;
      case Field::ip:
        good = textInto(value, kMaxIpBytes, entry.ip);
        break;
      case Field::group: {
        const auto group = numberOf(value, kMaxGroup);
        good = group.has_value();
        if (good) entry.group = *group;
        break;
      }
      case Field::other:
        break;
    }
    if (!good) ++malformed.badNumbers;
  }
}

void readRows(const dom::array& rows, ListPage& page) {
  std::size_t kept = 0;
  for (const dom::element row : rows) {
    ++page.rows;
    if (page.entries.size() == kept) page.entries.emplace_back();
    auto& entry = page.entries[kept];
    dom::object object;
    if (!row.get_object().get(object)) readEntry(object, entry, page.malformed);
    const bool good = row.is_object() && !entry.email.empty() && entry.email.size() <= kMaxEmailBytes;
    if (good)
      ++kept;
    else
      ++page.malformed.badRows;
  }
  page.entries.resize(kept);
}

}  // namespace

struct ListReader::State {
  dom::parser parser;

  /// simdjson's DOM API rather than the on-demand one: only the DOM selects the CPU's best implementation at
  /// run time.
  simdjson::error_code parse(std::string& json, dom::element& document) {
    json.reserve(json.size() + simdjson::SIMDJSON_PADDING);
    return parser.parse(json.data(), json.size(), false).get(document);
  }
};

ListReader::ListReader() : state_(std::make_unique<State>()) {}
ListReader::~ListReader() = default;

Answer<Nothing> ListReader::read(std::string& json, ListPage& page) {
  page.rows = 0;
  page.malformed = {};
  dom::element document;
  if (state_->parse(json, document)) {
    // A malformed text or number must not invalidate the page or other entries.
    auto sound = repaired(json);
    if (state_->parse(sound, document)) {
      page.entries.clear();
      return unreadable(json);
    }
    json = std::move(sound);
  }
  dom::array rows;
  dom::object object;
  if (!document.get_array().get(rows)) {
    readRows(rows, page);
    if (page.entries.empty() && page.rows > 0)
      return malformed(phrase("no row of the answer has an address"));
    return Nothing{};
  }
  page.entries.clear();
  if (document.is_null()) return Nothing{};
  if (!document.get_object().get(object) && object.size() == 0) return Nothing{};
  const auto errors = decodeErrors(json);
  return malformed(errors.empty() ? phrase("the answer is not a list")
                                  : phrase("the answer holds an error: {}", errors));
}

}  // namespace arrivald::sendgrid
