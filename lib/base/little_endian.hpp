// little_endian: numbers as bytes, the lowest byte first, on every machine. What is stored is written and
// read with these, so that a file may move between machines.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace arrivald {

/// Writes the sizeof(Number) bytes of `number` and moves `to` behind them.
template <std::integral Number>
constexpr void putLittleEndian(char*& to, Number number) {
  const auto bits = static_cast<std::make_unsigned_t<Number>>(number);
  for (std::size_t i = 0; i < sizeof bits; ++i) *to++ = static_cast<char>(bits >> (8 * i) & 0xFF);
}

/// Reads the sizeof(Number) bytes at `from` and moves `from` behind them.
template <std::integral Number>
constexpr Number takeLittleEndian(const char*& from) {
  using Bits = std::make_unsigned_t<Number>;
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i)
    bits = static_cast<Bits>(
        bits | static_cast<Bits>(static_cast<Bits>(static_cast<unsigned char>(*from++)) << (8 * i)));
  return static_cast<Number>(bits);
}

}  // namespace arrivald
