// mask: removes addresses, which are personal data, from text that is logged, exported or shown.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// "taro.yamada@example.jp" → "t…@example.jp": the first character (UTF-8) and the domain. "…" if there is no
/// @.
std::string maskAddress(std::string_view address);

/// Masks every substring of `text` that looks like an address and leaves the rest as it is. For SMTP replies
/// and error bodies.
std::string maskAddresses(std::string_view text);

}  // namespace arrivald
