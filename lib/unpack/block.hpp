// block: bytes deflated as one block, to be kept in the store.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald::unpack {

/// In zlib's format (RFC 1950).
std::string deflated(std::string_view bytes);
/// Nothing if they are no such block, or would come to more than `max`.
std::optional<std::string> inflated(std::string_view block, std::size_t max);

}  // namespace arrivald::unpack
