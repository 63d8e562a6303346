#include "base/utf8.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("only what RFC 3629 allows is UTF-8") {
  for (const auto* good : {"", "abc", "é", "到達", "😀", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(isUtf8(good));
  for (const auto* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE5\x88", "a\xFF", "\xE5\x88z"})
    CHECK_FALSE(isUtf8(bad));
}

TEST_CASE("repaired text keeps valid characters and marks invalid bytes") {
  CHECK(repairUtf8("到達") == "到達");
  CHECK(repairUtf8("a\xFF"
                   "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(isUtf8(repairUtf8("\xE5\x88\xE5\x88\x80\xED\xA0\x80")));
}

TEST_CASE("a cut never ends within a character") {
  CHECK(cutUtf8("到達", 6) == "到達");
  CHECK(cutUtf8("到達", 5) == "到");
  CHECK(cutUtf8("到達", 3) == "到");
  CHECK(cutUtf8("到達", 2).empty());
  CHECK(cutUtf8("abc", 2) == "ab");
  CHECK(cutUtf8("\x80\x80\x80\x80\x80\x80\x80\x80", 6).size() == 6);
}

TEST_CASE("one line has neither controls nor doubled blanks, and says that it was cut") {
  CHECK(oneLine("  550 5.1.1\r\n\tno such\x1b[31m user\x7f ", 100) == "550 5.1.1 no such [31m user");
  CHECK(oneLine("a\xC2\x85"
                "b",
                100) == "a b");
  CHECK(oneLine("到達しない", 9) == "到達…");
  CHECK(oneLine("到達し", 9) == "到達し");
  CHECK(oneLine("abc", 2) == "ab");
  CHECK(oneLine(std::string(1'000'000, '\xFF'), 30).size() == 30);
  CHECK(oneLine("", 10).empty());
}

TEST_CASE("text for a phone is cut by characters, the last of them saying so") {
  CHECK(cutCharacters("到達率", 3) == "到達率");
  CHECK(cutCharacters("到達率が", 3) == "到達…");
  CHECK(cutCharacters("", 3).empty());
}
