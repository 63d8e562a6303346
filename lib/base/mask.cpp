#include "base/mask.hpp"

#include <algorithm>

namespace arrivald {
namespace {

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

}  // namespace arrivald
