// hash: 64 bits of bytes. Stored, so it never changes.
#pragma once

#include <cstdint>
#include <string_view>

namespace arrivald::aggregate {

std::uint64_t hashOf(std::string_view bytes);

}  // namespace arrivald::aggregate
