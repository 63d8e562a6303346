// token: random tokens, their hashes, and comparing them without telling how much of them agrees.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace arrivald::desk {

/// That many random bytes, unpredictable to strangers. In production from the system, in tests from a seed.
using RandomBytes = std::function<std::string(std::size_t count)>;

inline constexpr std::size_t kTokenBytes = 32;

/// Lower-case hexadecimal digits.
std::string toHex(std::string_view bytes);
/// SHA-256 in hexadecimal digits.
std::string sha256Hex(std::string_view text);
/// Takes the same time wherever the two differ.
bool equalInConstantTime(std::string_view a, std::string_view b);
/// The token that every form of a session carries. It is made of the session's token, so that it ends with
/// it, and does not reveal it.
std::string csrfTokenOf(std::string_view sessionToken);

}  // namespace arrivald::desk
