// fingerprint: 64-bit hashes of addresses, ids and contents. They are stored, so the functions never change.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace arrivald::stream {

/// XXH3 of the parts, each seeded with the hash of the parts before it: ("ab", "c") and ("a", "bc") differ.
/// Never 0.
std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts);

/// Of an address, ignoring the case of ASCII letters.
std::uint64_t addressKey(std::string_view address);

/// Of a message id (sg_message_id) up to its first dot; does not depend on the account.
std::uint64_t messageIdKey(std::string_view messageId);

}  // namespace arrivald::stream
