#include "base/domain_name.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/lower.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald {
namespace {

constexpr std::string_view kPrefix = "xn--";
constexpr std::size_t kMaxLabelBytes = 63;

// The parameters of RFC 3492, section 5.
constexpr std::uint32_t kBase = 36, kMin = 1, kMax = 26, kSkew = 38, kDamp = 700, kFirstBias = 72,
                        kFirstCode = 0x80;

std::uint32_t adapted(std::uint32_t delta, std::uint32_t points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > (kBase - kMin) * kMax / 2; k += kBase) delta /= kBase - kMin;
  return k + (kBase - kMin + 1) * delta / (delta + kSkew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
  return k <= bias ? kMin : std::min(k - bias, kMax);
}

std::optional<std::uint32_t> digitOf(char c) {
  const char small = lower(c);
  if (small >= 'a' && small <= 'z') return static_cast<std::uint32_t>(small - 'a');
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0') + 26;
  return std::nullopt;
}

char digit(std::uint32_t value) { return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26); }

void append(std::string& text, char32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | code >> 6U);
  } else {
    if (code < 0x10000) {
      byte(0xE0U | code >> 12U);
    } else {
      byte(0xF0U | code >> 18U);
      byte(0x80U | (code >> 12U & 0x3FU));
    }
    byte(0x80U | (code >> 6U & 0x3FU));
  }
  byte(0x80U | (code & 0x3FU));
}

// Of well-formed text.
std::u32string codesOf(std::string_view text) {
  std::u32string codes;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U)
      codes.back() = codes.back() << 6U | (byte & 0x3FU);
    else
      codes += byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1FU : byte < 0xF0 ? byte & 0x0FU : byte & 0x07U;
  }
  return codes;
}

// What follows the prefix.
std::optional<std::string> decoded(std::string_view text) {
  const auto dash = text.rfind('-');
  std::u32string codes;
  if (dash != std::string_view::npos)
    for (const char c : text.substr(0, dash)) codes += static_cast<unsigned char>(c);
  std::size_t at = dash == std::string_view::npos ? 0 : dash + 1;
  std::uint32_t code = kFirstCode, place = 0, bias = kFirstBias;
  while (at < text.size()) {
    const auto before = place;
    std::uint32_t weight = 1;
    for (std::uint32_t k = kBase;; k += kBase) {
      const auto value = at < text.size() ? digitOf(text[at++]) : std::nullopt;
      if (!value || *value > (std::numeric_limits<std::uint32_t>::max() - place) / weight)
        return std::nullopt;
      place += *value * weight;
      const auto t = threshold(k, bias);
      if (*value < t) break;
      if (weight > std::numeric_limits<std::uint32_t>::max() / (kBase - t)) return std::nullopt;
      weight *= kBase - t;
    }
    const auto points = static_cast<std::uint32_t>(codes.size()) + 1;
    bias = adapted(place - before, points, before == 0);
    if (place / points > 0x10FFFF - code) return std::nullopt;
    code += place / points;
    place %= points;
    codes.insert(codes.begin() + static_cast<std::ptrdiff_t>(place++), code);
  }
  std::string out;
  for (const auto one : codes) append(out, one);
  return out;
}

std::string encoded(std::string_view label) {
  const auto codes = codesOf(label);
  std::string out;
  for (const auto code : codes)
    if (code < kFirstCode) out += static_cast<char>(code);
  auto done = static_cast<std::uint32_t>(out.size());
  const auto basic = done;
  if (basic > 0) out += '-';
  std::uint32_t next = kFirstCode, delta = 0, bias = kFirstBias;
  while (done < codes.size()) {
    // Labels are short: nothing overflows.
    char32_t least = 0x10FFFF;
    for (const auto code : codes)
      if (code >= next) least = std::min(least, code);
    delta += (least - next) * (done + 1);
    next = least;
    for (const auto code : codes) {
      if (code < next) ++delta;
      if (code != next) continue;
      auto rest = delta;
      for (std::uint32_t k = kBase;; k += kBase) {
        const auto t = threshold(k, bias);
        if (rest < t) break;
        out += digit(t + (rest - t) % (kBase - t));
        rest = (rest - t) / (kBase - t);
      }
      out += digit(rest);
      bias = adapted(delta, done + 1, done == basic);
      delta = 0;
      ++done;
    }
    ++delta;
    ++next;
  }
  return out;
}

bool isAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Calls `change` with each label; false ends it.
template <class Change>
std::optional<std::string> byLabel(std::string_view domain, const Change& change) {
  std::string out;
  for (std::size_t begin = 0; begin <= domain.size();) {
    const auto end = std::min(domain.find('.', begin), domain.size());
    if (begin > 0) out += '.';
    if (!change(domain.substr(begin, end - begin), out)) return std::nullopt;
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string asciiDomain(std::string_view domain) {
  auto small = lower(domain);
  if (isAscii(small) || !isUtf8(small)) return small;
  const auto out = byLabel(small, [](std::string_view label, std::string& text) {
    if (isAscii(label)) {
      text += label;
      return true;
    }
    if (label.size() > 4 * kMaxLabelBytes) return false;
    const auto made = std::string(kPrefix) + encoded(label);
    text += made;
    return made.size() <= kMaxLabelBytes;
  });
  return out ? *out : small;
}

std::string readableDomain(std::string_view domain) {
  const auto small = lower(domain);
  if (small.find(kPrefix) == std::string::npos) return {};
  bool found = false;
  const auto out = byLabel(small, [&](std::string_view label, std::string& text) {
    if (!label.starts_with(kPrefix)) {
      text += label;
      return true;
    }
    const auto plain = label.size() <= kMaxLabelBytes ? decoded(label.substr(kPrefix.size())) : std::nullopt;
    // What would be written otherwise, or has what cannot be seen, is a disguise.
    if (!plain || !isUtf8(*plain) || isAscii(*plain) || printable(*plain) != *plain ||
        std::string(kPrefix) + encoded(*plain) != label)
      return false;
    found = true;
    text += *plain;
    return true;
  });
  return out && found ? *out : std::string();
}

}  // namespace arrivald
