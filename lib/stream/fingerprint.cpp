#include "stream/fingerprint.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

namespace arrivald::stream {

std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = parts.size();
  for (const auto part : parts) hash = XXH3_64bits_withSeed(part.data(), part.size(), hash);
  return hash == 0 ? 1 : hash;
}

std::uint64_t addressKey(std::string_view address) {
  // RFC 5321 allows 254 bytes; anything longer is not an address and need only be distinct.
  std::array<char, 320> lowered;
  address = address.substr(0, lowered.size());
  std::transform(address.begin(), address.end(), lowered.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return fingerprintOf({"address", std::string_view(lowered.data(), address.size())});
}

std::uint64_t messageIdKey(std::string_view messageId) {
  return fingerprintOf({"message id", messageId.substr(0, messageId.find('.'))});
}

}  // namespace arrivald::stream
