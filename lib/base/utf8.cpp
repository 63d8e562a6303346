#include "base/utf8.hpp"

#include <algorithm>

#include "base/printable.hpp"

namespace arrivald {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";

bool isContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// Size in bytes of the well-formed sequence at the beginning of `text`, or 0. The ranges of the second byte
// are those of RFC 3629, section 4.
std::size_t sequenceSize(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < size || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if (!isContinuation(at(i))) return 0;
  return size;
}

}  // namespace

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto size = sequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string repairUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const auto size = sequenceSize(text);
    out += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string_view cutUtf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  // A character begins at most three bytes before the cut; text that is not UTF-8 is cut right there.
  std::size_t end = bytes;
  for (int i = 0; i < 4 && end > 0 && isContinuation(static_cast<unsigned char>(text[end])); ++i) --end;
  return text.substr(0, isContinuation(static_cast<unsigned char>(text[end])) ? bytes : end);
}

std::string cutCharacters(std::string text, std::size_t max) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  std::size_t count = 0, cut = text.size();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins(text[at])) continue;
    if (++count == max) cut = at;
    if (count > max) return text.substr(0, cut) + "…";
  }
  return text;
}

std::string oneLine(std::string_view text, std::size_t bytes) {
  // Reading at most four times as many bytes as are kept bounds the work; repair turns one byte into at most
  // three.
  const std::string sound = repairUtf8(cutUtf8(text, 4 * bytes + 16));
  std::string out;
  out.reserve(std::min(sound.size(), bytes + 8));
  for (std::string_view rest = sound; !rest.empty();) {
    const auto found = unprintableAt(rest);
    if (found.kind == Unprintable::Kind::control || rest[0] == ' ') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (found.kind == Unprintable::Kind::none) {
      out += rest.substr(0, found.size);
    }
    rest.remove_prefix(found.size);
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.size() <= bytes) return out;
  if (bytes < kEllipsis.size()) return std::string(cutUtf8(out, bytes));
  return std::string(cutUtf8(out, bytes - kEllipsis.size())).append(kEllipsis);
}

}  // namespace arrivald
