#include "sendgrid/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/utf8.hpp"

namespace arrivald::sendgrid {
namespace {

using nlohmann::json;

constexpr std::int64_t kGreatestCount = std::int64_t{1} << 53;
constexpr std::string_view kEscapedReplacement = "\\ufffd";

std::string_view withoutBlanks(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

/// The code unit of an escape \uXXXX at the beginning of `text`.
std::optional<unsigned> unicodeEscape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  if (error != std::errc() || end != text.data() + 6) return std::nullopt;
  return code;
}
bool isHighSurrogate(unsigned code) { return code >= 0xD800 && code <= 0xDBFF; }
bool isLowSurrogate(unsigned code) { return code >= 0xDC00 && code <= 0xDFFF; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// How many bytes to consume, and their replacement; empty: they are copied.
using Replacement = std::pair<std::size_t, std::string_view>;

/// `text` begins with a backslash inside a string.
Replacement soundEscape(std::string_view text) {
  const auto code = unicodeEscape(text);
  if (!code) return {std::min<std::size_t>(2, text.size()), {}};
  if (!isHighSurrogate(*code) && !isLowSurrogate(*code)) return {6, {}};
  const auto partner = unicodeEscape(text.substr(6));
  const bool paired = isHighSurrogate(*code) && partner && isLowSurrogate(*partner);
  return paired ? Replacement{12, {}} : Replacement{6, kEscapedReplacement};
}

/// `text` begins with a number, or with a word such as NaN that some writers use for an invalid one.
Replacement soundNumber(std::string_view text) {
  constexpr std::string_view kNoNumber = "\"?\"";
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"})
    if (text.substr(0, word.size()) == word) return {word.size(), kNoNumber};
  const auto size = std::min(text.find_first_not_of("0123456789+-.eE"), text.size());
  if (size == 0) return {1, {}};
  const auto number = text.substr(0, size);
  if (size > 18 && number.find_first_of(".eE") == std::string_view::npos) return {size, kNoNumber};
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + size, value);
  static_cast<void>(end);
  return error == std::errc::result_out_of_range ? Replacement{size, kNoNumber} : Replacement{size, {}};
}

}  // namespace

Outline outline(std::string_view json) {
  Outline seen;
  std::size_t depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      seen.depth = std::max(seen.depth, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  seen.closed = depth == 0 && !inString;
  return seen;
}

std::string repaired(std::string_view json) {
  const std::string sound = repairUtf8(json);
  std::string out;
  out.reserve(sound.size());
  bool inString = false;
  for (std::size_t i = 0; i < sound.size();) {
    const auto rest = std::string_view(sound).substr(i);
    std::size_t size = 1;
    std::string_view instead;
    if (inString) {
      if (rest[0] == '\\') std::tie(size, instead) = soundEscape(rest);
      if (rest[0] == '"') inString = false;
    } else if (rest[0] == '"') {
      inString = true;
    } else if (rest[0] == '-' || rest[0] == 'N' || rest[0] == 'I' || isDigit(rest[0])) {
      std::tie(size, instead) = soundNumber(rest);
    }
    out += instead.empty() ? rest.substr(0, size) : instead;
    i += size;
  }
  return out;
}

Failure malformed(Phrase detail) { return Failure::of(Failure::Kind::malformed, std::move(detail)); }

Failure unreadable(std::string_view json) {
  const auto text = withoutBlanks(json);
  if (text.empty()) return Failure::of(Failure::Kind::emptyAnswer, phrase("the response is empty"));
  if (text[0] == '<') return Failure::of(Failure::Kind::html, phrase("an HTML page instead of JSON"));
  if ((text[0] == '[' || text[0] == '{') && !outline(text).closed)
    return malformed(phrase("the JSON ends in the middle"));  // of a complete response
  return malformed(phrase("the answer is not JSON"));
}

Answer<json> parse(std::string_view text) {
  if (outline(text).depth > kMaxDepth) return malformed(phrase("the JSON is nested too deeply"));
  const auto body = withoutBlanks(text);
  json document = json::parse(body, nullptr, false);
  if (document.is_discarded()) document = json::parse(repaired(body), nullptr, false);
  if (document.is_discarded()) return unreadable(text);
  return document;
}

const json& member(const json& object, const char* name) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::optional<std::string> textOf(const json& value, std::size_t bytes) {
  if (value.is_string()) return std::string(cutUtf8(value.get_ref<const std::string&>(), bytes));
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

std::optional<std::int64_t> countOf(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0 || number > kGreatestCount)
    return std::nullopt;
  return number;
}

std::optional<std::int64_t> countOf(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number <= static_cast<std::uint64_t>(kGreatestCount)) return static_cast<std::int64_t>(number);
  } else if (value.is_number_float()) {
    const auto number = value.get<double>();
    if (number >= 0 && number <= static_cast<double>(kGreatestCount) && std::floor(number) == number)
      return static_cast<std::int64_t>(number);
  } else if (value.is_string()) {
    return countOf(std::string_view(value.get_ref<const std::string&>()));
  }
  return std::nullopt;
}

bool truthOf(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return value.is_string() && value.get_ref<const std::string&>() == "true";
}

}  // namespace arrivald::sendgrid
