// utf16: how long Slack may take a text to be.
#pragma once

#include <cstddef>
#include <string_view>

namespace arrivald::testing {

/// The UTF-16 units of a text in UTF-8.
inline std::size_t unitsOf(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) == 0x80 ? 0U : byte >= 0xF0 ? 2U : 1U;
  }
  return units;
}

}  // namespace arrivald::testing
