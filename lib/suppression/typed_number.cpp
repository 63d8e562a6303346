#include "suppression/typed_number.hpp"

#include <array>

#include "base/utf8.hpp"

namespace arrivald::suppression {
namespace {

constexpr std::size_t kMaxDigits = 9;

/// Characters whose compatibility decomposition is the digits `first`, `first` + 1, …
struct Digits {
  char32_t from;
  char32_t to;
  std::uint32_t first;
};
constexpr std::array kDigits = {
    Digits{U'0', U'9', 0},       Digits{0xFF10, 0xFF19, 0},    // plain, full width
    Digits{0x2070, 0x2070, 0},   Digits{0xB9, 0xB9, 1},        // superscript
    Digits{0xB2, 0xB3, 2},       Digits{0x2074, 0x2079, 4},    //
    Digits{0x2080, 0x2089, 0},                                 // subscript
    Digits{0x24EA, 0x24EA, 0},   Digits{0x2460, 0x2468, 1},    // circled
    Digits{0x1D7CE, 0x1D7D7, 0}, Digits{0x1D7D8, 0x1D7E1, 0},  // mathematical: bold, double-struck,
    Digits{0x1D7E2, 0x1D7EB, 0}, Digits{0x1D7EC, 0x1D7F5, 0},  // sans-serif, sans-serif bold,
    Digits{0x1D7F6, 0x1D7FF, 0},                               // monospace
};

std::optional<std::uint32_t> digitOf(char32_t c) {
  for (const auto& digits : kDigits)
    if (c >= digits.from && c <= digits.to) return digits.first + static_cast<std::uint32_t>(c - digits.from);
  return std::nullopt;
}

bool isLeftOut(char32_t c) {
  switch (c) {
    case U' ':
    case U'\t':
    case 0xA0:    // no-break space
    case 0x2009:  // thin space
    case 0x202F:  // narrow no-break space
    case 0x3000:  // ideographic space
    case U',':
    case 0xFF0C:  // full-width comma
    case 0x4EF6:  // 件
      return true;
    default:
      return false;
  }
}

/// The character that begins `text`, which is well-formed and not empty; it is taken off.
char32_t takeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  constexpr std::array<unsigned, 5> kLeadBits = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t c = lead & kLeadBits.at(size);
  for (std::size_t i = 1; i < size; ++i) c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(size);
  return c;
}

}  // namespace

std::optional<std::uint32_t> typedNumber(std::string_view text) {
  if (!isUtf8(text)) return std::nullopt;
  std::uint32_t number = 0;
  std::size_t digits = 0;
  while (!text.empty()) {
    const auto c = takeCharacter(text);
    if (isLeftOut(c)) continue;
    const auto digit = digitOf(c);
    if (!digit || ++digits > kMaxDigits) return std::nullopt;
    number = number * 10 + *digit;
  }
  if (digits == 0) return std::nullopt;
  return number;
}

}  // namespace arrivald::suppression
