// mask: shows an address that the reader may know, such as the target of a forward, without naming it.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// "taro.yamada@example.jp" → "t…@example.jp": the first character (UTF-8) and the domain. "…" if there is no
/// @. Of addresses within a text: withoutAddresses() of hide.hpp.
std::string maskAddress(std::string_view address);

}  // namespace arrivald
