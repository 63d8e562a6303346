#include "suppression/entry.hpp"

#include "base/little_endian.hpp"
#include "base/mailbox.hpp"

namespace arrivald::suppression {
namespace {

constexpr std::uint64_t kAddressBits = ~std::uint64_t{0} << 24;
// Factor of the second of creation, which leaves room for the number of the list.
constexpr std::uint64_t kListNumbers = 256;
static_assert(sizeof(List) == 1, "a list's number stays below kListNumbers");

// The finaliser of splitmix64 (Steele, Lea and Flood 2014): each output bit depends on each input bit.
std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}

// Converts the ASCII capitals among eight bytes to lower case, by setting their bit 5.
std::uint64_t lowered(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101ULL;
  const auto low = bytes & (0x7f * kEach);
  const auto fromA = low + (0x80 - 'A') * kEach;       // bit 7: at least 'A'
  const auto afterZ = low + (0x80 - 'Z' - 1) * kEach;  // bit 7: beyond 'Z'
  return bytes | ((fromA & ~afterZ & ~bytes & (0x80 * kEach)) >> 2);
}

std::uint64_t hashOf(std::string_view email) {
  std::uint64_t hash = email.size();
  const auto add = [&](std::uint64_t bytes) {
    hash = mixed((hash ^ lowered(bytes)) * 0x9e3779b97f4a7c15ULL);
  };
  const char* at = email.data();
  std::size_t left = email.size();
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t))
    add(takeLittleEndian<std::uint64_t>(at));
  if (left > 0) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < left; ++i)
      bytes |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    add(bytes);
  }
  return mixed(hash);
}

}  // namespace

std::string_view name(List list) {
  switch (list) {
    case List::bounces:
      return "bounces";
    case List::blocks:
      return "blocks";
    case List::invalidEmails:
      return "invalid_emails";
    case List::spamReports:
      return "spam_reports";
    case List::unsubscribes:
      return "unsubscribes";
    case List::groupUnsubscribes:
      return "group_unsubscribes";
  }
  return "unknown";
}

std::optional<List> listNamed(std::string_view wanted) {
  for (const auto list : kLists)
    if (name(list) == wanted) return list;
  return std::nullopt;
}

std::uint64_t fingerprint(List list, std::string_view email, Instant created, std::int64_t group) {
  const auto spelled = hashOf(email);
  const auto seconds = static_cast<std::uint64_t>(unixSeconds(created));
  auto rest = mixed(spelled ^ mixed(seconds * kListNumbers + static_cast<std::uint64_t>(list)));
  if (group != 0) rest = mixed(rest ^ static_cast<std::uint64_t>(group));
  return (hashOf(canonicalMailbox(email)) & kAddressBits) | (rest & ~kAddressBits);
}

bool isSameAddress(std::string_view one, std::string_view other) {
  const auto plain = [](std::string_view address) {
    std::string out;
    for (const char c : addressIn(address)) {
      if (std::string_view(" \t\r\n<>\"\\").find(c) != std::string_view::npos) continue;
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out;
  };
  return plain(one) == plain(other);
}

FingerprintRange fingerprintsOf(std::string_view email) { return mailboxOf(hashOf(canonicalMailbox(email))); }

FingerprintRange mailboxOf(std::uint64_t fingerprint) {
  const auto address = fingerprint & kAddressBits;
  return {address, address | ~kAddressBits};
}

bool hasTime(const Entry& entry, Instant now) {
  constexpr std::int64_t kFirstSecond = 1'230'768'000;  // 2009-01-01
  return unixSeconds(entry.created) >= kFirstSecond && entry.created <= now + std::chrono::hours(24);
}

}  // namespace arrivald::suppression
