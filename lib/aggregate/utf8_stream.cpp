#include "aggregate/utf8_stream.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/utf8.hpp"

namespace arrivald::aggregate {
namespace {

constexpr std::size_t kDeclarationWithin = 1024;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Detected {
  const char* encoding = nullptr;  // as iconv names it; nullptr: UTF-8
  std::size_t mark = 0;            // bytes of the byte order mark
  std::size_t unit = 1;            // bytes that are skipped where one cannot be converted
};

// As names are compared: "iso8859_1" is "ISO-8859-1".
std::string folded(std::string_view name) {
  std::string bare;
  for (const char c : name)
    if (c != '-' && c != '_') bare += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return bare;
}

// The encodings that a sender may choose: iconv knows many more, and loads code for them by name. UTF-16 and
// UTF-32 are not here: whose declaration can be read byte by byte is not in them.
const char* convertible(std::string_view name) {
  static constexpr std::array<const char*, 50> kNames = {
      "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255",
      "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "CP1250",       "CP1251",       "CP1252",
      "CP1253",       "CP1254",       "CP1255",       "CP1256",       "CP1257",       "CP1258",
      "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-6",
      "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",  "ISO-8859-11",  "ISO-8859-13",
      "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "LATIN1",       "SHIFT_JIS",    "SJIS",
      "CP932",        "WINDOWS-31J",  "EUC-JP",       "ISO-2022-JP",  "KOI8-R",       "KOI8-U",
      "GB2312",       "GBK",          "GB18030",      "BIG5",         "EUC-KR",       "TIS-620",
      "CP437",        "CP850"};
  auto asked = folded(name);
  if (asked.starts_with("X")) asked.erase(0, 1);  // "x-sjis"
  for (const char* one : kNames) {
    if (asked != folded(one)) continue;
    // Written on Windows, whose Shift_JIS has more characters.
    if (asked == "SHIFTJIS" || asked == "SJIS" || asked == "WINDOWS31J") return "CP932";
    return one;
  }
  return nullptr;
}

// The value of encoding="…" in an XML declaration.
std::string_view declaredIn(std::string_view head) {
  const auto begin = head.find("<?xml");
  if (begin == std::string_view::npos) return {};
  head = head.substr(begin, head.find("?>", begin) - begin);
  const auto word = head.find("encoding");
  if (word == std::string_view::npos) return {};
  const auto open = head.find_first_of("\"'", word);
  if (open == std::string_view::npos) return {};
  const auto close = head.find(head[open], open + 1);
  return close == std::string_view::npos ? std::string_view() : head.substr(open + 1, close - open - 1);
}

Detected detect(std::string_view head) {
  using namespace std::literals;
  struct Mark {
    std::string_view bytes;
    Detected detected;
  };
  // The longer marks first: that of UTF-32 begins with that of UTF-16.
  static constexpr std::array<Mark, 9> kMarks = {{
      {"\xEF\xBB\xBF"sv, {nullptr, 3, 1}},
      {"\xFF\xFE\0\0"sv, {"UTF-32LE", 4, 4}},
      {"\0\0\xFE\xFF"sv, {"UTF-32BE", 4, 4}},
      {"\xFF\xFE"sv, {"UTF-16LE", 2, 2}},
      {"\xFE\xFF"sv, {"UTF-16BE", 2, 2}},
      {"<\0\0\0"sv, {"UTF-32LE", 0, 4}},
      {"\0\0\0<\0\0\0"sv, {"UTF-32BE", 0, 4}},
      {"<\0"sv, {"UTF-16LE", 0, 2}},
      {"\0<\0"sv, {"UTF-16BE", 0, 2}},
  }};
  for (const auto& mark : kMarks)
    if (head.starts_with(mark.bytes)) return mark.detected;
  return {convertible(declaredIn(head)), 0, 1};
}

bool isWellFormed(std::string_view text) {
  for (std::size_t at = 0; (at = asciiEnd(text, at)) < text.size();) {
    std::size_t end = at;
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) ++end;
    if (!isUtf8(text.substr(at, end - at))) return false;
    at = end;
  }
  return true;
}

// Bytes at the end that may be the beginning of a character.
std::size_t unfinished(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return size > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::size_t asciiEnd(std::string_view text, std::size_t at) {
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if ((eight & 0x8080808080808080ULL) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

struct Utf8Stream::Converter {
  iconv_t handle;
  std::size_t unit;
  Converter(iconv_t opened, std::size_t skipped) : handle(opened), unit(skipped) {}
  ~Converter() { iconv_close(handle); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
};

Utf8Stream::Utf8Stream() = default;
Utf8Stream::~Utf8Stream() = default;

void Utf8Stream::decide() {
  decided_ = true;
  const auto detected = detect(held_);
  held_.erase(0, detected.mark);
  if (detected.encoding == nullptr) return;
  const auto handle = iconv_open("UTF-8", detected.encoding);
  if (handle != reinterpret_cast<iconv_t>(-1))
    converter_ = std::make_unique<Converter>(handle, detected.unit);
}

std::string_view Utf8Stream::passOn(std::string_view bytes, bool last) {
  if (!held_.empty()) {
    held_ += bytes;
    bytes = held_;
  }
  const std::size_t open = last ? 0 : unfinished(bytes);
  const auto whole = bytes.substr(0, bytes.size() - open);
  if (isWellFormed(whole) && held_.empty()) {
    held_ = bytes.substr(whole.size());
    return whole;
  }
  if (isWellFormed(whole)) {
    out_ = whole;
  } else {
    replaced_ = true;
    out_ = repairUtf8(whole);
  }
  held_ = std::string(bytes.substr(whole.size()));
  return out_;
}

void Utf8Stream::convert(std::string_view bytes, bool last) {
  held_ += bytes;
  std::array<char, 8192> piece{};
  char* from = held_.data();
  std::size_t left = held_.size();
  for (;;) {
    char* to = piece.data();
    std::size_t room = piece.size();
    const auto converted = iconv(converter_->handle, &from, &left, &to, &room);
    const int failure = converted == static_cast<std::size_t>(-1) ? errno : 0;
    out_.append(piece.data(), piece.size() - room);
    if (failure == E2BIG) continue;
    if (failure == EILSEQ || (failure == EINVAL && last)) {
      replaced_ = true;
      out_ += kReplacement;
      const auto skipped = std::min(converter_->unit, left);
      from += skipped;
      left -= skipped;
      continue;
    }
    break;
  }
  held_.erase(0, held_.size() - left);
}

std::string_view Utf8Stream::feed(std::string_view bytes) {
  if (!decided_) {
    held_ += bytes;
    return held_.size() < kDeclarationWithin ? std::string_view() : settle();
  }
  if (!converter_) return passOn(bytes, false);
  out_.clear();
  convert(bytes, false);
  return out_;
}

std::string_view Utf8Stream::settle() {
  if (decided_) return {};
  decide();
  if (!converter_) return passOn({}, false);
  out_.clear();
  convert({}, false);
  return out_;
}

std::string_view Utf8Stream::finish() {
  if (!decided_) decide();
  if (!converter_) return passOn({}, true);
  out_.clear();
  convert({}, true);
  return out_;
}

}  // namespace arrivald::aggregate
