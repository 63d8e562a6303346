// No local part is left of an address, however it is written.
#include "base/hide.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("of an address only the domain is left, in replies, JSON and URLs") {
  const std::pair<const char*, const char*> cases[] = {
      {"550 <taro@example.jp> is not known", "550 <…@example.jp> is not known"},
      {R"({"to":"taro.yamada+x@example.jp"})", R"({"to":"…@example.jp"})"},
      {R"({"to":"taro\u0040example.jp"})", R"({"to":"…\u0040example.jp"})"},
      {"https://example.jp/?u=taro%40example.jp", "https:…%40example.jp"},
      {R"({"to":"\u30bf\u308d@example.jp"})", R"({"to":"…@example.jp"})"},
      {"bounce+taro=example.jp@relay.example", "…@relay.example"},
      {R"({"to":"\"taro yamada\"@example.jp"})", R"({"to":"…@example.jp"})"},
      {"\"taro yamada\"@example.jp, jiro@example.jp", "…@example.jp, …@example.jp"},
      {"山田@example.jp", "…@example.jp"},
      // Other spellings of the @.
      {"550 taro＠example.jp", "550 …＠example.jp"},
      {R"({"to":"taro\uff20example.jp"})", R"({"to":"…\uff20example.jp"})"},
      {"?u=taro%EF%BC%A0example.jp", "…%EF%BC%A0example.jp"},
      {"?u=taro%2540example.jp", "…%2540example.jp"},
      {R"(to \\u0040 or taro\\u0040example.jp)", R"(to \\u0040 or …\\u0040example.jp)"},
      {"taro&#64;example.jp, jiro&#x40;example.jp", "…&#64;example.jp, …&#x40;example.jp"},
      {"taro=40example.jp is beyond its SIZE=4096", "…=40example.jp is beyond its SIZE=4096"},
      {"taro\u200b@\u200bexample.jp", "…@\u200bexample.jp"},
      {"mailbox taro at example.jp", "mailbox … at example.jp"},
      {"mailbox taro(at)example.jp, jiro [at] example.jp", "mailbox …(at)example.jp, … [at] example.jp"},
      {"550 taro (at) example (dot) jp unknown", "550 … (at) example (dot) jp unknown"},
      {"look at this [dot] matrix", "look at this [dot] matrix"},
      {"mailbox taro @ example.jp", "mailbox … @ example.jp"},
      {"connection refused at mx.example.jp, look at 10.0.0.1",
       "connection refused at mx.example.jp, look at 10.0.0.1"},
      // Quoted local parts.
      {R"(<"ta\"ro x"@example.jp>)", R"(<…@example.jp>)"},
      {R"({"to":"\"ta\\\"ro x\"@example.jp"})", R"({"to":"…@example.jp"})"},
      {R"({"to":"\u0022taro x\u0022@example.jp"})", R"({"to":"…@example.jp"})"},
      {"?u=%22taro%20x%22%40example.jp", "?u=…%40example.jp"},
      {"?u=taro%20x%40example.jp", "…%40example.jp"},
      // What is known as a local part is one also where it stands alone.
      {"550 <taro@example.jp>: taro is not known", "550 <…@example.jp>: … is not known"},
      {"550 <user@example.jp>: user unknown, see https://support.example.jp",
       "550 <…@example.jp>: user unknown, see https://support.example.jp"},
      {"550 5.1.1 <taro+x@example.jp>: unknown, a@b.c.", "550 5.1.1 <…@example.jp>: unknown, …@b.c."},
      {"\"taro..y\"@docomo.ne.jp refused", "…@docomo.ne.jp refused"},
      {"nothing to hide", "nothing to hide"},
      {"@example.jp", "@example.jp"},
      {"taro@", "…@"},
  };
  for (const auto& [text, hidden] : cases) {
    CAPTURE(text);
    CHECK(withoutAddresses(text) == hidden);
  }
}

TEST_CASE("the member \"email\" is hidden, whether or not its value looks like an address") {
  CHECK(withoutAddresses(R"([{"email":"taro","n":1},{"email" : "ta\"ro"}])") ==
        R"([{"email":"…","n":1},{"email" : "…"}])");
  CHECK(withoutAddresses(R"({"email":7,"email":null,"email)") == R"({"email":7,"email":null,"email)");
  CHECK(withoutAddresses(R"({"email":"taro@example.jp)") == R"({"email":"…@example.jp)");
  CHECK(withoutAddresses(R"({"email":"taro\)") == R"({"email":"…)");
}

TEST_CASE("a member \"email\" is found however it is written, and what it names is hidden everywhere") {
  CHECK(withoutAddresses(R"({"\u0065mail":"\u0074aro","reason":"550 taro unknown"})") ==
        R"({"\u0065mail":"…","reason":"550 … unknown"})");
  CHECK(withoutAddresses(R"("{\"Email\": \"ta\\\"ro\", \"n\":1}")") == R"("{\"Email\": \"…\", \"n\":1}")");
  CHECK(withoutAddresses(R"({"email":"\u0022taro x\u0022"})") == R"({"email":"…"})");
  CHECK(withoutAddresses(R"({"email":"taro＠example.jp","to":"\ntaro"})") ==
        R"({"email":"…＠example.jp","to":"\n…"})");
}

TEST_CASE("the recipient's local part is hidden wherever it stands, in any spelling") {
  const std::pair<const char*, const char*> cases[] = {
      {"550 Taro.Yamada unknown", "550 … unknown"},
      {"550 taro.yamada: mailbox taro.yamada+news is full", "550 …: mailbox … is full"},
      {"宛先taro.yamadaは存在しません", "宛先…は存在しません"},
      {"550 ｔａｒｏ．ｙａｍａｄａ", "550 …"},
      {"550 ta\u200bro.yamada", "550 …"},
      {"550 %74aro%2Eyamada or taro\\u002eyamada", "550 … or …"},
      {"bounce=taro.yamada=example.jp", "bounce=…=example.jp"},
      {"550 taro.yamada2, mtaro.yamada", "550 taro.yamada2, mtaro.yamada"},
  };
  for (const auto& [text, hidden] : cases) {
    CAPTURE(text);
    CHECK(withoutAddresses(text, "\"Taro.Yamada+news\"@Example.jp") == hidden);
  }
  CHECK(withoutAddresses("550 山田さんは不明", "山田@example.jp") == "550 …さんは不明");
  CHECK(withoutAddresses("550 taro yamada is away", "\"taro yamada\"@example.jp") == "550 … is away");
  CHECK(withoutAddresses("550 taroyamada", "taro.yamada@gmail.com") == "550 …");
  CHECK(withoutAddresses("550 taro", "taro%40example.jp") == "550 …");
  CHECK(withoutAddresses("550 taro", "taro") == "550 …");
}

TEST_CASE("words of replies stay, whoever has them as a local part") {
  CHECK(withoutAddresses("550 user unknown", "user@example.jp") == "550 user unknown");
  CHECK(withoutAddresses("550 no info", "550@example.jp") == "550 no info");
  CHECK(withoutAddresses("421 mx.docomo.ne.jp is busy", "docomo@docomo.ne.jp") ==
        "421 mx.docomo.ne.jp is busy");
}

TEST_CASE("a text is read once, however many @ it has") {
  // Two searches to the end for each @ would be a million million steps.
  CHECK(withoutAddresses(std::string(1'000'000, '@')) == std::string(1'000'000, '@'));
  for (const std::string part :
       {"\"@", "\\\"@", "=40a.bc", " at a.bc", "\"email\":\"", "\\", "%25", "a@b ", " @ "}) {
    CAPTURE(part);
    std::string text;
    while (text.size() < 300'000) text += part;
    CHECK_FALSE(withoutAddresses(text, "b@example.jp").empty());
  }
}
