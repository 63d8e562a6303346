// little_endian: integers as bytes, least significant byte first, on every machine. Stored bytes are written
// and read with these functions, so that a database file can be moved between machines.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace arrivald {

/// Writes the sizeof(Number) bytes of `number` and advances `to` past them. The caller provides the room.
template <std::integral Number>
constexpr void putLittleEndian(char*& to, Number number) {
  const auto bits = static_cast<std::make_unsigned_t<Number>>(number);
  for (std::size_t i = 0; i < sizeof bits; ++i) *to++ = static_cast<char>(bits >> (8 * i) & 0xFF);
}

/// Reads the sizeof(Number) bytes at `from` and advances `from` past them. The caller checks the size.
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
