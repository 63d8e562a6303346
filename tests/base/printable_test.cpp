// Text from outside neither controls a terminal nor shows something other than what it says.
#include "base/printable.hpp"

#include <catch2/catch.hpp>

#include "base/utf8.hpp"

using namespace arrivald;

namespace {

// ESC, BEL, CR, NUL, DEL, CSI of C1, NEL, the separators of lines and paragraphs.
constexpr const char* kControls[] = {"\x1b",     "\x07",     "\r",           "\x7f",
                                     "\xC2\x9B", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};
// Right-to-left override, isolates, marks, zero-width space and joiners, soft hyphen, byte order mark, a
// filler, a tag.
constexpr const char* kInvisible[] = {"\xE2\x80\xAE", "\xE2\x81\xA6",     "\xE2\x80\x8F", "\xE2\x80\x8B",
                                      "\xE2\x80\x8D", "\xE2\x81\xA0",     "\xC2\xAD",     "\xEF\xBB\xBF",
                                      "\xE3\x85\xA4", "\xF3\xA0\x81\x81", "\xD8\x9C"};

}  // namespace

TEST_CASE("a line holds no control and nothing invisible") {
  for (const std::string control : kControls) {
    CAPTURE(control);
    CHECK(oneLine("a" + control + control + "b", 20) == "a b");
    CHECK(printable("a" + control + "b") ==
          "a\xEF\xBF\xBD"
          "b");
  }
  for (const std::string invisible : kInvisible) {
    CAPTURE(invisible);
    CHECK(oneLine("a" + invisible + "b", 20) == "ab");
    CHECK(printable("a" + invisible + "b") == "ab");
  }
}

TEST_CASE("what is written in any language stays as it is") {
  for (const std::string text :
       {"日本語のお知らせ。", "Grüße, naïve café", "مرحبا", "שלום", "☎️ 📨", "one\ttwo\nthree"}) {
    CHECK(printable(text) == text);
    if (text.find('\n') == std::string::npos) {
      CHECK(escapeUnprintable(text) == text);
      CHECK(oneLine(text, 100) == text);
    }
  }
}

TEST_CASE("in JSON these characters are escaped, so that a terminal that shows it is not controlled") {
  CHECK(escapeUnprintable("\"a\xC2\x9B\xE2\x80\xAE\x7f\"") == "\"a\\u009b\\u202e\\u007f\"");
  CHECK(escapeUnprintable("\xF3\xA0\x81\x81") == "\\udb40\\udc41");
}

TEST_CASE("bytes that are no text are replaced") {
  const std::string replacement = "\xEF\xBF\xBD";
  for (const std::string broken : {"\xC2", "\x9B", "\xFF"})
    CHECK(printable("a" + broken + "b") == "a" + replacement + "b");
  CHECK(printable("a\xE2\x80") == "a" + replacement + replacement);
  CHECK(printable("\xC0\x9B") == replacement);  // an overlong form of ESC
  CHECK(unprintableAt("").size == 0);
}
