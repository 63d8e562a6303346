#include "base/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace arrivald {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Range {
  char32_t first, last;
};
// Of Unicode 15: the format characters, and the fillers that are shown as nothing. Variation selectors are
// not among them: they belong to emoji.
constexpr Range kInvisible[] = {
    {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180E}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool isInvisible(char32_t code) {
  return std::any_of(std::begin(kInvisible), std::end(kInvisible),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

// The first character and its size; kNoCharacter for a byte that belongs to none.
std::pair<char32_t, std::size_t> firstOf(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = at(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1) return {lead, 1};
  if (size == 0 || text.size() < size) return {kNoCharacter, 1};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0) != 0x80) return {kNoCharacter, 1};
    code = code << 6 | (at(i) & 0x3FU);
  }
  return {code, size};
}

void appendEscape(std::string& out, std::uint32_t unit) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 15];
}

}  // namespace

Unprintable unprintableAt(std::string_view text) {
  using Kind = Unprintable::Kind;
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead >= 0x20 && lead < 0x7F) return {Kind::none, 1, lead};
  const auto [code, size] = firstOf(text);
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
  if (code == kNoCharacter) return {Kind::control, 1, 0xFFFD};
  return {control ? Kind::control : isInvisible(code) ? Kind::invisible : Kind::none, size, code};
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto found = unprintableAt(text);
    if (found.kind == Unprintable::Kind::none || text[0] == '\n' || text[0] == '\t')
      out += text.substr(0, found.size);
    else if (found.kind == Unprintable::Kind::control)
      out += kReplacement;
    text.remove_prefix(found.size);
  }
  return out;
}

std::string escapeUnprintable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto found = unprintableAt(text);
    if (found.kind == Unprintable::Kind::none || text[0] == '\n') {
      out += text.substr(0, found.size);
    } else if (found.code > 0xFFFF) {
      const auto rest = static_cast<std::uint32_t>(found.code) - 0x10000U;
      appendEscape(out, 0xD800U + (rest >> 10));
      appendEscape(out, 0xDC00U + (rest & 0x3FFU));
    } else {
      appendEscape(out, static_cast<std::uint32_t>(found.code));
    }
    text.remove_prefix(found.size);
  }
  return out;
}

}  // namespace arrivald
