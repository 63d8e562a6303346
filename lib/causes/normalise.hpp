// normalise: makes replies of different servers comparable. "550-5.1.1 <taro@example.jp>: User unknown" and
// "550 5.1.1 User  UNKNOWN (taro@example.jp)" both hold the words " user unknown ".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::causes {

/// An enhanced status code (RFC 3463): class 2, 4 or 5; subject 0–9; detail 0–999. All zero: none.
struct EnhancedCode {
  std::uint8_t statusClass = 0;
  std::uint8_t subject = 0;
  std::uint16_t detail = 0;
  bool known() const { return statusClass != 0; }
  /// Whether the code is more than "other or undefined": RFC 3463 gives x.0.0 and x.y.0 no meaning of their
  /// own.
  bool specific() const { return known() && subject != 0 && detail != 0; }
  /// One number, for look-up: 5.7.26 → 507026.
  std::uint32_t key() const { return statusClass * 100000U + subject * 1000U + detail; }
  friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};
std::string toText(EnhancedCode code);
/// Parses exactly "5.7.26"; all zero for anything else.
EnhancedCode readEnhancedCode(std::string_view text);

/// A normalised reply.
struct Normalised {
  /// Words separated by single spaces, with one at the beginning and the end: lower case, accents of Latin
  /// letters removed, apostrophes dropped, other punctuation removed. "addr", "ip", "host", "num" and "id"
  /// replace addresses, IP addresses, host names, long numbers and ids. Misspelt words for an address and its
  /// existence are corrected ("adress", "unkown"). Contains no reply or enhanced codes.
  std::string words;
  int replyCode = 0;                   ///< 400–599, or 0
  bool codeInText = false;             ///< whether the text itself contains a reply code or an enhanced one
  EnhancedCode code;                   ///< the most specific one of the text, or else that of the status
  std::vector<EnhancedCode> codes;     ///< all in the text, at most 8
  std::vector<std::string> addresses;  ///< in the text, lower case, at most 8; personal data
  std::vector<std::string> hosts;      ///< host names in the text, lower case, at most 8
};

/// Work and result are bounded: of a long text the first 4 KiB and the last 1 KiB are read. Overwrites `into`
/// and reuses its memory. Never fails, whatever the bytes are.
void normalise(std::string_view text, std::string_view status, Normalised& into);

}  // namespace arrivald::causes
