#include "mime/transfer_encoding.hpp"

#include <algorithm>
#include <array>

#include "mime/text.hpp"

namespace arrivald::mime {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> base64Digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}
constexpr auto kDigits = base64Digits();

std::uint8_t digitOf(char c) { return kDigits[static_cast<unsigned char>(c)]; }

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool isBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

TransferEncoding transferEncodingNamed(std::string_view name) {
  const auto folded = lower(trimmed(name));
  if (folded == "base64") return TransferEncoding::base64;
  if (folded == "quoted-printable") return TransferEncoding::quotedPrintable;
  return TransferEncoding::identity;
}

void Decoder::feedBase64(std::string_view bytes, std::string& out) {
  // The longest that it can become; the string is cut to what it became.
  const std::size_t before = out.size();
  out.resize(before + bytes.size() / 4 * 3 + 6);
  char* to = out.data() + before;
  std::size_t i = 0;
  while (i < bytes.size()) {
    // Whole groups, as nearly all are.
    while (digits_ == 0 && i + 4 <= bytes.size()) {
      const std::uint32_t a = digitOf(bytes[i]), b = digitOf(bytes[i + 1]), c = digitOf(bytes[i + 2]),
                          d = digitOf(bytes[i + 3]);
      if (((a | b | c | d) & 0xC0U) != 0) break;
      const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
      *to++ = static_cast<char>(group >> 16);
      *to++ = static_cast<char>(group >> 8);
      *to++ = static_cast<char>(group);
      i += 4;
    }
    if (i == bytes.size()) break;
    const char c = bytes[i++];
    if (c == '=') {  // the end of a text; another may follow
      out.resize(static_cast<std::size_t>(to - out.data()));
      flushBase64(out);
      const std::size_t size = out.size();
      out.resize(size + (bytes.size() - i) / 4 * 3 + 6);
      to = out.data() + size;
      continue;
    }
    const auto digit = digitOf(c);
    if (digit == kNoDigit) continue;
    bits_ = bits_ << 6 | digit;
    if (++digits_ < 4) continue;
    *to++ = static_cast<char>(bits_ >> 16);
    *to++ = static_cast<char>(bits_ >> 8);
    *to++ = static_cast<char>(bits_);
    bits_ = 0;
    digits_ = 0;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

void Decoder::flushBase64(std::string& out) {
  if (digits_ == 2) out += static_cast<char>(bits_ >> 4);
  if (digits_ == 3) {
    out += static_cast<char>(bits_ >> 10);
    out += static_cast<char>(bits_ >> 2);
  }
  bits_ = 0;
  digits_ = 0;
}

void Decoder::feedQuotedPrintable(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    if (!held_.empty() && held_.front() == '=') {
      if (held_ == "=" && isBlank(c)) continue;  // blanks between the sign and the end of its line
      held_ += c;
      if (held_ == "=\n" || held_ == "=\r\n") {
        held_.clear();
      } else if (held_.size() == 3) {
        const int high = hexDigit(held_[1]), low = hexDigit(held_[2]);
        if (high >= 0 && low >= 0)
          out += static_cast<char>(high * 16 + low);
        else
          out += held_;
        held_.clear();
      }
      continue;
    }
    if (isBlank(c)) {
      held_ += c;
      continue;
    }
    // Blanks at the end of a line are the transport's.
    if (c != '\n' && c != '\r') out += held_;
    held_.clear();
    if (c == '=')
      held_ = "=";
    else
      out += c;
  }
}

void Decoder::feed(std::string_view bytes, std::string& out) {
  switch (encoding_) {
    case TransferEncoding::identity:
      out += bytes;
      break;
    case TransferEncoding::base64:
      feedBase64(bytes, out);
      break;
    case TransferEncoding::quotedPrintable:
      feedQuotedPrintable(bytes, out);
      break;
  }
}

void Decoder::finish(std::string& out) {
  flushBase64(out);
  if (!held_.empty() && held_ != "=") out += held_;
  held_.clear();
}

std::string decoded(std::string_view body, TransferEncoding encoding) {
  Decoder decoder(encoding);
  std::string out;
  decoder.feed(body, out);
  decoder.finish(out);
  return out;
}

}  // namespace arrivald::mime
