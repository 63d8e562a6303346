// Language: in which texts for people are written.
#pragma once

#include <cstdint>

namespace arrivald {

enum class Language : std::uint8_t { japanese, english };

}  // namespace arrivald
