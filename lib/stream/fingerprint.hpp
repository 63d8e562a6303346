// fingerprint: 64-bit hashes of addresses, ids and contents. They are stored, so the functions never change.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald::stream {

/// XXH3 of the parts, each seeded with the hash of the parts before it: ("ab", "c") and ("a", "bc") differ.
/// Never 0.
std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts);

/// The secret of an installation's fingerprints of addresses.
struct FingerprintKey {
  std::uint64_t first = 0, second = 0;

  /// From 32 hexadecimal digits; nothing if it is something else.
  static std::optional<FingerprintKey> parse(std::string_view hex);
  friend bool operator==(const FingerprintKey&, const FingerprintKey&) = default;
};

/// Of an address, the same for all spellings of one mailbox (base/mailbox.hpp): SipHash-2-4. Whoever lacks
/// the key cannot tell whether an address has this fingerprint. Never 0.
std::uint64_t addressKey(std::string_view address, const FingerprintKey& key);

/// Of a message id up to its first dot or @, without the bracket of an smtp-id: what the sender was told, of
/// which sg_message_id and smtp-id mostly begin. Does not depend on the account.
std::uint64_t messageIdKey(std::string_view messageId);
/// That part of it.
std::string_view messageIdStem(std::string_view messageId);

/// An smtp-id as it is kept where addresses are hashed, since senders also make them of addresses:
/// "<#0123456789abcdef@host>", with the addressKey() of what stands before its last @. The host is left out
/// if it is none, and with an id of which only the part before the @ is known. The brackets may be missing.
std::string keyedSmtpId(std::string_view smtpId, const FingerprintKey& key);

}  // namespace arrivald::stream
