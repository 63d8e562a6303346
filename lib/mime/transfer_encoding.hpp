// transfer_encoding: undoes base64 and quoted-printable in pieces of any size, whatever the sender made of
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace arrivald::mime {

enum class TransferEncoding : std::uint8_t {
  identity,  ///< 7bit, 8bit, binary and whatever is unknown
  base64,
  quotedPrintable,
};
/// Of the value of Content-Transfer-Encoding.
TransferEncoding transferEncodingNamed(std::string_view name);

/// Feed it a body in pieces; the result does not depend on how it is cut. Nothing is an error: base64 skips
/// what is not of its alphabet and needs no padding, and an escape that is none stays as it is.
class Decoder {
 public:
  explicit Decoder(TransferEncoding encoding) : encoding_(encoding) {}
  /// Appends what `bytes` decode to.
  void feed(std::string_view bytes, std::string& out);
  /// Appends what was held back. Call it once, at the end of the body.
  void finish(std::string& out);

 private:
  void feedBase64(std::string_view bytes, std::string& out);
  void flushBase64(std::string& out);
  void feedQuotedPrintable(std::string_view bytes, std::string& out);

  TransferEncoding encoding_;
  std::uint32_t bits_ = 0;  // of an unfinished group of base64
  int digits_ = 0;          // in bits_
  std::string held_;        // an unfinished escape of quoted-printable, or blanks that may end a line
};

/// All of `body` at once.
std::string decoded(std::string_view body, TransferEncoding encoding);

}  // namespace arrivald::mime
