#include "aggregate/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace arrivald::aggregate {

std::uint64_t hashOf(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace arrivald::aggregate
