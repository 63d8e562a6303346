// Whether two spellings of an address are one mailbox.
#include "base/mailbox.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("quotation marks, case, tags and angle brackets do not make another mailbox") {
  for (const auto& [one, other] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"\"ab..cde\"@docomo.ne.jp", "ab..cde@docomo.ne.jp"},
           {"Taro@Example.JP", "taro@example.jp"},
           {"taro+news@example.jp", "taro@example.jp"},
           {"<taro@example.jp>", "taro@example.jp"},
           {"taro@example.jp.", "taro@example.jp"},
           {"\"Taro\" <taro@example.jp>", "taro@example.jp"},
           {"Taro Yamada <Taro@Example.jp.> ", "taro@example.jp"},
           {"\"Taro <sales>\" <taro@example.jp>", "taro@example.jp"},
           {"<\"a<b\"@example.jp>", "\"a<b\"@example.jp"},
           {"\"ta\\ro\"@example.jp", "taro@example.jp"},
           {"t.a.r.o@gmail.com", "taro@googlemail.com"}}) {
    INFO(one << " and " << other);
    CHECK(isSameMailbox(one, other));
    CHECK(isSameMailbox(other, one));
  }
}

TEST_CASE("other people have other mailboxes") {
  for (const auto& [one, other] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"taro@example.jp", "jiro@example.jp"},
                                                                  {"taro@example.jp", "taro@example.com"},
                                                                  {"t.aro@example.jp", "taro@example.jp"},
                                                                  {"+news@example.jp", "+other@example.jp"},
                                                                  {"", ""},
                                                                  {"taro@example.jp", ""}}) {
    INFO(one << " and " << other);
    CHECK_FALSE(isSameMailbox(one, other));
  }
}

TEST_CASE("any bytes have a canonical spelling") {
  CHECK(canonicalMailbox("@") == "@");
  CHECK(canonicalMailbox("\"\"@googlemail.com") == "@gmail.com");
  CHECK(canonicalMailbox("\"@\"@a.jp") == "@@a.jp");
  CHECK(canonicalMailbox("taro@a+b.jp") == "taro@a+b.jp");
  CHECK(canonicalMailbox("\"@example.jp") == "\"@example.jp");
  CHECK(canonicalMailbox("NOT AN ADDRESS") == "not an address");
  CHECK(canonicalMailbox(std::string(100000, 'x')).size() == 320);
}
