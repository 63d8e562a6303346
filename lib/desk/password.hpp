// password: hashes of passwords by argon2id, as strings of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace arrivald::desk {

inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kMinPasswordBytes = 12;
inline constexpr std::size_t kMaxPasswordBytes = 256;

/// Takes about 30 ms and 19 MiB. `salt`: kSaltBytes random bytes.
std::string hashPassword(const Secret& password, std::string_view salt);
/// Whether the password is that of the hash; false for a text that is no hash. Takes as long as making one.
bool matchesHash(const Secret& password, std::string_view hash);
/// A hash that no password has, for user names that do not exist: checking against it takes as long.
std::string_view hashOfNobody();

}  // namespace arrivald::desk
