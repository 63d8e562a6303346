// Cells of tables: nothing that a spreadsheet program would run, and nothing that breaks a line.
#include "sheet/cell.hpp"

#include <catch2/catch.hpp>

#include "base/utf8.hpp"

using namespace arrivald;
using namespace arrivald::sheet;

TEST_CASE("a field is quoted, its quotes are doubled, and it has one line") {
  CHECK(csvField("") == "\"\"");
  CHECK(csvField("taro@example.jp") == "\"taro@example.jp\"");
  CHECK(csvField("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csvField("550 no\r\n550 such user") == "\"550 no  550 such user\"");
  CHECK(csvField("受信箱がいっぱい, です") == "\"受信箱がいっぱい, です\"");
  CHECK(csvField(std::string("a\0b\x1b", 4)) == "\"a b \"");
}

TEST_CASE("what a spreadsheet program would take for a formula is text") {
  for (const auto* text :
       {"=cmd",  "+1",  "-1",  "@SUM(A1)", " =cmd", "　=cmd",   "\tx",     " \tx", "\r\n=cmd",
        "＝cmd", "＋1", "－1", "＠x",      "﹦x",   "﹢x",      "﹣x",     "﹫x",  "⁼x",
        "⁺x",    "⁻x",  "₌x",  "−1",       "ー1",   "\u200B=x", "\uFEFF=x"}) {
    INFO(text);
    CHECK(looksLikeFormula(text));
    CHECK(csvField(text).starts_with("\"'"));
  }
  for (const auto* text : {"", "a=b", "taro@example.jp", "550 5.1.1 - no", "アー", "1-2"}) {
    INFO(text);
    CHECK_FALSE(looksLikeFormula(text));
  }
}

TEST_CASE("a cell has at most 32,767 UTF-16 units and never half a character") {
  CHECK(cellText(std::string(40'000, 'a')).size() == kMaxCharacters);
  std::string wide, faces;
  for (int i = 0; i < 40'000; ++i) wide += "あ";
  for (int i = 0; i < 40'000; ++i) faces += "😀";
  CHECK(cellText(wide).size() == kMaxCharacters * 3);
  CHECK(cellText(faces).size() == kMaxCharacters / 2 * 4);
  CHECK(isUtf8(cellText(faces)));
  CHECK(isUtf8(cellText("\xff\xfe abc \xe3\x81")));
}
