// Utf8Stream: whatever a report is encoded in, as UTF-8. The only user of iconv.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace arrivald::aggregate {

/// The encoding is told by a byte order mark, by how "<" is written, or by the XML declaration, which is not
/// believed where it cannot be true. Bytes that are none of it become U+FFFD. The result does not depend on
/// how the bytes are cut.
class Utf8Stream {
 public:
  Utf8Stream();
  ~Utf8Stream();
  /// What can be told so far; valid until the next call.
  std::string_view feed(std::string_view bytes);
  /// What could not be told yet since the encoding might still be declared; then it is not.
  std::string_view settle();
  /// The rest. Call it once, at the end.
  std::string_view finish();
  bool replaced() const { return replaced_; }

 private:
  struct Converter;
  void decide();
  std::string_view passOn(std::string_view bytes, bool last);
  void convert(std::string_view bytes, bool last);

  std::unique_ptr<Converter> converter_;  // none: it is UTF-8
  bool decided_ = false;
  bool replaced_ = false;
  std::string held_;  // before it is decided: all; then what is no whole character yet
  std::string out_;
};

/// Where `text` has its first byte that is no ASCII, from `at` on, or its size.
std::size_t asciiEnd(std::string_view text, std::size_t at);

}  // namespace arrivald::aggregate
