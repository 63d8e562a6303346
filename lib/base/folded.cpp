#include "base/folded.hpp"

#include <charconv>
#include <optional>

#include "base/lower.hpp"
#include "base/printable.hpp"

namespace arrivald {
namespace {

struct Spelling {
  char32_t code = 0;
  std::size_t size = 0;  // 0: nothing is spelled
};

std::optional<char32_t> number(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<char32_t> hex(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  return number(text.substr(at, digits), 16);
}

// "%40", and as it is encoded again: "%2540".
Spelling percent(std::string_view text) {
  std::size_t at = 1;
  while (text.substr(at, 2) == "25" && hex(text, at + 2, 2)) at += 2;
  const auto byte = hex(text, at, 2);
  return byte ? Spelling{*byte, at + 2} : Spelling{};
}

// "\u0040", "\x40", also with several backslashes, as JSON within JSON has them; "\n".
Spelling backslash(std::string_view text) {
  const auto at = text.find_first_not_of('\\');
  if (at == std::string_view::npos) return {};
  const char kind = text[at];
  if (kind == 'n' || kind == 'r' || kind == 't') return {U' ', at + 1};
  const std::size_t digits = lower(kind) == 'u' ? 4 : kind == 'x' ? 2 : 0;
  const auto code = digits == 0 ? std::nullopt : hex(text, at + 1, digits);
  return code ? Spelling{*code, at + 1 + digits} : Spelling{};
}

// "&#64;", "&#x40;" and the names of the two characters that matter.
Spelling entity(std::string_view text) {
  if (text.starts_with("&commat;")) return {U'@', 8};
  if (text.starts_with("&quot;")) return {U'"', 6};
  const auto end = text.substr(0, 12).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return {};
  const bool isHex = end > 3 && lower(text[2]) == 'x';
  const auto code = number(text.substr(isHex ? 3 : 2, end - (isHex ? 3U : 2U)), isHex ? 16 : 10);
  return code ? Spelling{*code, end + 1} : Spelling{};
}

Spelling spelled(std::string_view text) {
  if (text.front() == '%') return percent(text);
  if (text.front() == '\\') return backslash(text);
  if (text.front() == '&') return entity(text);
  return {};
}

// The ASCII character that the first of `text`, three bytes, is a wide or small form of; 0 if none.
char narrow(std::string_view text) {
  if (text.starts_with("\xef\xb9\xab")) return '@';
  if (text.size() < 3 || text[0] != '\xef' || (text[1] != '\xbc' && text[1] != '\xbd')) return 0;
  const auto code =
      ((static_cast<unsigned>(text[1]) & 0x3FU) << 6) + (static_cast<unsigned>(text[2]) & 0x3FU);
  const auto ascii = code - 0xF00U + 0x20U;  // U+FF01 is "!"
  return ascii > 0x20 && ascii < 0x7F ? static_cast<char>(ascii) : '\0';
}

}  // namespace

Folded::Folded(std::string_view text) {
  text_.reserve(text.size());
  origins_.reserve(text.size() + 1);
  decode(text);
  // In place: what is written is never longer than what was read.
  std::size_t to = 0;
  for (std::size_t at = 0; at < text_.size();) {
    const auto rest = std::string_view(text_).substr(at);
    char c = lower(rest.front());
    std::size_t size = 1;
    if (static_cast<unsigned char>(c) >= 0x80) {
      if (const auto odd = unprintableAt(rest); odd.kind == Unprintable::Kind::invisible) {
        at += odd.size;
        continue;
      }
      if (const char ascii = narrow(rest); ascii != 0) {
        c = lower(ascii);
        size = 3;
      }
    }
    origins_[to] = origins_[at];
    text_[to++] = c;
    at += size;
  }
  text_.resize(to);
  origins_.resize(to);
  origins_.push_back(static_cast<std::uint32_t>(text.size()));
}

void Folded::decode(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto escape = spelled(rest);
    if (escape.size == 0) {
      // A run of backslashes that spells nothing is passed at once: it is not looked at again and again.
      auto size = rest.front() == '\\' ? rest.find_first_not_of('\\') : 1;
      if (size == std::string_view::npos) size = rest.size();
      for (std::size_t i = 0; i < size; ++i) addByte(rest[i], at + i);
      at += size;
      continue;
    }
    if (rest.front() == '%' && escape.code >= 0x80)
      addByte(static_cast<char>(escape.code), at);  // of a character that is encoded byte by byte
    else
      addCharacter(escape.code, at);
    at += escape.size;
  }
}

void Folded::addByte(char byte, std::size_t origin) {
  text_ += byte;
  origins_.push_back(static_cast<std::uint32_t>(origin));
}

void Folded::addCharacter(char32_t code, std::size_t origin) {
  if (code < 0x80) {
    const char c = static_cast<char>(code);
    addByte(c == '"' ? kEscapedQuote : kEnds.find(c) != std::string_view::npos ? kEscapedEnd : c, origin);
  } else if (code < 0x800) {
    addByte(static_cast<char>(0xC0U | (code >> 6)), origin);
    addByte(static_cast<char>(0x80U | (code & 0x3FU)), origin);
  } else {
    addByte(static_cast<char>(0xE0U | ((code >> 12) & 0x0FU)), origin);
    addByte(static_cast<char>(0x80U | ((code >> 6) & 0x3FU)), origin);
    addByte(static_cast<char>(0x80U | (code & 0x3FU)), origin);
  }
}

}  // namespace arrivald
