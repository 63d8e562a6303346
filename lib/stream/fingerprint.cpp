#include "stream/fingerprint.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "base/little_endian.hpp"
#include "base/mailbox.hpp"

namespace arrivald::stream {

namespace {

// SipHash-2-4 (Aumasson and Bernstein, 2012).
class SipState {
 public:
  explicit SipState(const FingerprintKey& key)
      : a_(key.first ^ 0x736f6d6570736575ULL),
        b_(key.second ^ 0x646f72616e646f6dULL),
        c_(key.first ^ 0x6c7967656e657261ULL),
        d_(key.second ^ 0x7465646279746573ULL) {}
  void take(std::uint64_t word) {
    d_ ^= word;
    rounds(2);
    a_ ^= word;
  }
  std::uint64_t finish() {
    c_ ^= 0xFF;
    rounds(4);
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      a_ += b_;
      b_ = std::rotl(b_, 13) ^ a_;
      a_ = std::rotl(a_, 32);
      c_ += d_;
      d_ = std::rotl(d_, 16) ^ c_;
      a_ += d_;
      d_ = std::rotl(d_, 21) ^ a_;
      c_ += b_;
      b_ = std::rotl(b_, 17) ^ c_;
      c_ = std::rotl(c_, 32);
    }
  }
  std::uint64_t a_, b_, c_, d_;
};

std::uint64_t sipHash(std::string_view text, const FingerprintKey& key) {
  SipState state(key);
  const auto length = static_cast<std::uint64_t>(text.size()) << 56;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    const char* from = text.data();
    state.take(takeLittleEndian<std::uint64_t>(from));
  }
  std::array<char, 8> rest{};
  std::copy(text.begin(), text.end(), rest.begin());
  const char* from = rest.data();
  state.take(length | takeLittleEndian<std::uint64_t>(from));
  return state.finish();
}

}  // namespace

std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = parts.size();
  for (const auto part : parts) hash = XXH3_64bits_withSeed(part.data(), part.size(), hash);
  return hash == 0 ? 1 : hash;
}

std::optional<FingerprintKey> FingerprintKey::parse(std::string_view hex) {
  FingerprintKey key;
  if (hex.size() != 32) return std::nullopt;
  for (auto* half : {&key.first, &key.second}) {
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + 16, *half, 16);
    if (error != std::errc() || end != hex.data() + 16) return std::nullopt;
    hex.remove_prefix(16);
  }
  return key;
}

std::uint64_t addressKey(std::string_view address, const FingerprintKey& key) {
  const auto hash = sipHash(canonicalMailbox(address), key);
  return hash == 0 ? 1 : hash;
}

std::string keyedSmtpId(std::string_view smtpId, const FingerprintKey& key) {
  if (smtpId.starts_with('<')) smtpId.remove_prefix(1);
  if (smtpId.ends_with('>')) smtpId.remove_suffix(1);
  const auto at = smtpId.rfind('@');
  auto out = fmt::format("<#{:016x}", addressKey(smtpId.substr(0, at), key));
  const auto host = at == std::string_view::npos ? std::string_view() : smtpId.substr(at);
  const bool isHost = std::ranges::all_of(host.substr(host.empty() ? 0 : 1), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
  });
  if (isHost) out += host;
  return out += '>';
}

std::string_view messageIdStem(std::string_view messageId) {
  if (messageId.starts_with('<')) messageId.remove_prefix(1);
  return messageId.substr(0, messageId.find_first_of(".@>"));
}

std::uint64_t messageIdKey(std::string_view messageId) {
  return fingerprintOf({"message id", messageIdStem(messageId)});
}

}  // namespace arrivald::stream
