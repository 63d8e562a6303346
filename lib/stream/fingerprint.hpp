// fingerprint: 64 bits by which addresses, ids and contents are known. Kept in the store, so the function
// never changes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace arrivald::stream {

/// XXH3 of the parts, each seeded with what came before it: ("ab", "c") is not ("a", "bc"). Never 0.
std::uint64_t fingerprintOf(std::initializer_list<std::string_view> parts);

/// Of an address, whatever the case of its ASCII letters.
std::uint64_t addressKey(std::string_view address);

/// Of a message id up to its first dot, of whatever account.
std::uint64_t messageIdKey(std::string_view messageId);

}  // namespace arrivald::stream
