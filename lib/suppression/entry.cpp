#include "suppression/entry.hpp"

#include <algorithm>
#include <cstring>

namespace arrivald::suppression {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"bounces", "blocks", "invalid_emails", "spam_reports",
                                                    "unsubscribes"};

constexpr std::uint64_t kAddressBits = ~std::uint64_t{0} << 24;

// The finisher of splitmix64: every bit depends on every bit.
std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}

// Sets bit 5 of those of eight bytes that are ASCII capitals.
std::uint64_t lowered(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101ULL;
  const auto low = bytes & (0x7f * kEach);
  const auto fromA = low + (0x80 - 'A') * kEach;       // bit 7: at least 'A'
  const auto afterZ = low + (0x80 - 'Z' - 1) * kEach;  // bit 7: beyond 'Z'
  return bytes | ((fromA & ~afterZ & ~bytes & (0x80 * kEach)) >> 2);
}

std::uint64_t hashOf(std::string_view email) {
  std::uint64_t hash = email.size();
  while (!email.empty()) {
    std::uint64_t bytes = 0;
    const auto length = std::min(email.size(), sizeof bytes);
    std::memcpy(&bytes, email.data(), length);
    hash = mixed((hash ^ lowered(bytes)) * 0x9e3779b97f4a7c15ULL);
    email.remove_prefix(length);
  }
  return mixed(hash);
}

}  // namespace

std::string_view name(List list) { return kNames[static_cast<std::size_t>(list)]; }

std::optional<List> listNamed(std::string_view name) {
  for (const auto list : kLists)
    if (kNames[static_cast<std::size_t>(list)] == name) return list;
  return std::nullopt;
}

std::uint64_t fingerprint(List list, std::string_view email, Instant created) {
  const auto address = hashOf(email);
  const auto seconds = static_cast<std::uint64_t>(unixSeconds(created));
  const auto rest = mixed(address ^ mixed(seconds * kLists.size() + static_cast<std::uint64_t>(list)));
  return (address & kAddressBits) | (rest & ~kAddressBits);
}

FingerprintRange fingerprintsOf(std::string_view email) {
  const auto address = hashOf(email) & kAddressBits;
  return {address, address | ~kAddressBits};
}

}  // namespace arrivald::suppression
