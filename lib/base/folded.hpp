// Folded: text in which each character is spelled in one way, for finding something in it however it is
// written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald {

/// A text with escapes resolved (percent-encoding, also repeated; JSON; HTML), full-width characters as
/// ASCII, ASCII in lower case, and without invisible characters. Each byte knows its place in the original.
/// Value; pure; linear time; five bytes per byte of text.
class Folded {
 public:
  /// Stand for an escaped quotation mark, and for any other escaped character that ends a word.
  static constexpr char kEscapedQuote = '\x02', kEscapedEnd = '\x01';
  /// What ends a word in replies, JSON and lists.
  static constexpr std::string_view kEnds = " \t\r\n\"<>(),:;[]{}";

  explicit Folded(std::string_view text);

  std::string_view text() const { return text_; }
  /// Where the byte at `at` begins in the original; `at` may be the size.
  std::size_t origin(std::size_t at) const { return origins_[at]; }

 private:
  void decode(std::string_view text);
  void addCharacter(char32_t code, std::size_t origin);
  void addByte(char byte, std::size_t origin);

  std::string text_;
  std::vector<std::uint32_t> origins_;
};

}  // namespace arrivald
