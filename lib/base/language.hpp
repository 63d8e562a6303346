// Language: the language of user-visible texts.
#pragma once

#include <cstdint>

namespace arrivald {

enum class Language : std::uint8_t { japanese, english };

}  // namespace arrivald
