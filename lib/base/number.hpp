// number: decimal numbers in texts of others, such as the parameters of a request. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace arrivald {

/// All of `text` as a decimal number. Nothing where it is anything else: empty, with a sign that Number does
/// not have, with more behind it, or beyond the range of Number.
template <class Number>
std::optional<Number> numberIn(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

}  // namespace arrivald
