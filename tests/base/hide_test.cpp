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

TEST_CASE("a text is read once, however many @ it has") {
  // Two searches to the end for each @ would be a million million steps.
  CHECK(withoutAddresses(std::string(1'000'000, '@')) == std::string(1'000'000, '@'));
}
