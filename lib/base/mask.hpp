// mask: addresses are personal data; nothing that people or machines read later holds one in the clear.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// "taro.yamada@example.jp" → "t…@example.jp": the first character, as UTF-8, and the domain. Without an @:
/// "…".
std::string maskAddress(std::string_view address);

/// Masks everything in `text` that looks like an address, leaving the rest as it is: for replies and error
/// bodies.
std::string maskAddresses(std::string_view text);

}  // namespace arrivald
