// typedNumber: a count as a person types it to confirm a release. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace arrivald::suppression {

/// The number in `text`, whose digits may be of any width or style that Unicode's NFKC takes for the plain
/// ones, with blanks, commas and the counter 件 anywhere: "5", " ５件", "1,000". Empty for anything else: no
/// digit, other characters, more than nine digits.
std::optional<std::uint32_t> typedNumber(std::string_view text);

}  // namespace arrivald::suppression
