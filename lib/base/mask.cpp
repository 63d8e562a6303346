#include "base/mask.hpp"

#include <algorithm>

namespace arrivald {
namespace {

// The characters of an unquoted address: atext and the dot (RFC 5322), and any byte of UTF-8 (RFC 6531).
bool isLocalPart(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view(".!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) != std::string_view::npos;
}
bool isDomain(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         c == '.' || c == '-' || c == '_' || c == '[' || c == ']' || c == ':';
}
std::size_t firstCharacter(std::string_view text) {
  std::size_t size = std::min<std::size_t>(1, text.size());
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return size;
}

}  // namespace

std::string maskAddress(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) return "…";
  std::string masked(address.substr(0, firstCharacter(address.substr(0, at))));
  masked += "…";
  masked += address.substr(at);
  return masked;
}

std::string maskAddresses(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  std::size_t written = 0;
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (at < written) continue;
    std::size_t begin = at;
    if (begin > written && text[begin - 1] == '"') {
      // A quoted local part begins at its opening quote.
      const auto quote = begin >= 2 ? text.rfind('"', begin - 2) : std::string_view::npos;
      begin = quote == std::string_view::npos || quote < written ? written : quote;
    } else {
      while (begin > written && isLocalPart(static_cast<unsigned char>(text[begin - 1]))) --begin;
    }
    std::size_t end = at + 1;
    while (end < text.size() && isDomain(static_cast<unsigned char>(text[end]))) ++end;
    if (begin == at) continue;  // "@example.jp" has no local part to mask
    out += text.substr(written, begin - written);
    out += text.substr(begin, firstCharacter(text.substr(begin, at - begin)));
    out += "…";
    out += text.substr(at, end - at);
    written = end;
  }
  out += text.substr(written);
  return out;
}

}  // namespace arrivald
