// systemRandom: random bytes that no stranger can foresee.
#pragma once

#include <cstddef>
#include <string>

namespace arrivald {

/// From the kernel. Throws if it has none.
std::string systemRandom(std::size_t count);

}  // namespace arrivald
