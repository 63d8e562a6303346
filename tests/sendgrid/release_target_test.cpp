#include "sendgrid/release_target.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "support/release_paths.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using arrivald::testing::faultOf;
using suppression::List;

namespace {

constexpr std::array kAllLists = {List::bounces,     List::blocks,       List::invalidEmails,
                                  List::spamReports, List::unsubscribes, List::groupUnsubscribes};

Result<ReleaseTarget> targetOf(List list, std::string_view address) {
  return ReleaseTarget::of(list, list == List::groupUnsubscribes ? 4 : 0, address);
}

}  // namespace

TEST_CASE("a request about an entry can be made of a target only, and a target of an address only") {
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<ReleaseTarget>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<ReleaseTarget, List>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<ReleaseTarget, List, std::int64_t, std::string>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<ReleaseCall>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<ReleaseCall, ReleaseCall::Method, std::string, std::string,
                                               std::string, std::string>);
}

TEST_CASE("each list has its path for one address") {
  const auto removal = [](List list) {
    const auto call = targetOf(list, "a+b@example.jp")->remove();
    return std::string(call.methodName()) + " " + call.path();
  };
  CHECK(removal(List::bounces) == "DELETE /v3/suppression/bounces/a%2Bb%40example.jp");
  CHECK(removal(List::blocks) == "DELETE /v3/suppression/blocks/a%2Bb%40example.jp");
  CHECK(removal(List::invalidEmails) == "DELETE /v3/suppression/invalid_emails/a%2Bb%40example.jp");
  CHECK(removal(List::spamReports) == "DELETE /v3/suppression/spam_reports/a%2Bb%40example.jp");
  CHECK(removal(List::unsubscribes) == "DELETE /v3/asm/suppressions/global/a%2Bb%40example.jp");
  CHECK(removal(List::groupUnsubscribes) == "DELETE /v3/asm/groups/4/suppressions/a%2Bb%40example.jp");
  CHECK(targetOf(List::groupUnsubscribes, "a@b.jp")->read().path() == "/v3/asm/suppressions/a%40b.jp");
  CHECK(targetOf(List::bounces, "a@b.jp")->read().path() == "/v3/suppression/bounces/a%40b.jp");
}

TEST_CASE("what is shown of a call holds no address") {
  const auto call = targetOf(List::bounces, "taro@example.jp")->remove();
  CHECK(call.shownPath() == "/v3/suppression/bounces/{address}");
  CHECK(call.scope() == "suppression.bounces.delete");
}

TEST_CASE("no request can be made of what is no address, or could be taken for more than one") {
  const std::vector<std::string> addresses = {"",
                                              " ",
                                              "@",
                                              "a",
                                              "*",
                                              "%",
                                              ".",
                                              "..",
                                              "/",
                                              "*@*",
                                              "%@%",
                                              "%25@example.jp",
                                              "a@",
                                              "@example.jp",
                                              "\n",
                                              "a\n@example.jp",
                                              "a@example.jp\r\n",
                                              "a b@example.jp",
                                              "a@b@",
                                              ".@.",
                                              "..@..",
                                              "../@example.jp",
                                              "../../x@example.jp",
                                              "/@example.jp",
                                              "//@example.jp",
                                              "a//b@example.jp",
                                              "./a@example.jp",
                                              "a/../b@x.jp",
                                              "?a@x.jp",
                                              "#a@x.jp",
                                              ";a@x.jp",
                                              ".?a@x.jp",
                                              "a@x.jp/",
                                              "a@x.jp?",
                                              "a@x.jp#b",
                                              "a\\b@x.jp",
                                              "a/?b@x.jp",
                                              std::string("a\0@x.jp", 7),
                                              "\xff@x.jp",
                                              "\xe2\x80\xae"
                                              "a@x.jp",
                                              "a\xc2\x85@x.jp",
                                              std::string(400, 'a') + "@x.jp"};
  for (const auto& address : addresses)
    for (const auto list : kAllLists) {
      INFO(address);
      const auto target = targetOf(list, address);
      REQUIRE_FALSE(target.ok());
      CHECK(target.error().kind == Error::Kind::unsupported);
      CHECK((address.size() < 4 || target.error().text.find(address) == std::string::npos));
    }
}

TEST_CASE("unusual addresses that are one address can be released") {
  for (const char* address :
       {"a..b@docomo.ne.jp", ".a@docomo.ne.jp", "a.@docomo.ne.jp", "\"a..b\"@docomo.ne.jp", "a/b@example.jp",
        "a?b@example.jp", "a#b@example.jp", "a+b=c@example.jp", "太郎@例え.jp", "a@xn--r8jz45g.jp",
        "!#$&'+-=^_`{|}~@example.jp", "a@b@example.jp", "delete_all@example.jp"}) {
    INFO(address);
    const auto target = targetOf(List::bounces, address);
    REQUIRE(target.ok());
    CHECK(faultOf(target->remove(), address) == "");
  }
}

TEST_CASE("a group's unsubscribe names its group, and no other list's entry does") {
  CHECK_FALSE(ReleaseTarget::of(List::groupUnsubscribes, 0, "a@x.jp").ok());
  CHECK_FALSE(ReleaseTarget::of(List::groupUnsubscribes, -4, "a@x.jp").ok());
  CHECK_FALSE(ReleaseTarget::of(List::bounces, 4, "a@x.jp").ok());
}

TEST_CASE("only unsubscribes can be put back, one address at a time") {
  for (const auto list : kAllLists)
    CHECK(targetOf(list, "a@x.jp")->canBePutBack() ==
          (list == List::unsubscribes || list == List::groupUnsubscribes));
  const auto global = targetOf(List::unsubscribes, "a@x.jp")->putBack();
  CHECK(global.path() == "/v3/asm/suppressions/global");
  CHECK(global.body() == R"({"recipient_emails":["a@x.jp"]})");
  const auto group = targetOf(List::groupUnsubscribes, "\"a\"@x.jp")->putBack();
  CHECK(group.path() == "/v3/asm/groups/4/suppressions");
  CHECK(group.body() == R"({"recipient_emails":["\"a\"@x.jp"]})");
  CHECK(targetOf(List::groupUnsubscribes, "a@x.jp")->readGroup().path() == "/v3/asm/groups/4");
}

TEST_CASE("property: whatever the address, no request is about anything else than it") {
  std::mt19937 random(20'261'125);
  const std::vector<std::string> pieces = {"",
                                           "a",
                                           "b",
                                           "@",
                                           "@",
                                           ".",
                                           "..",
                                           "/",
                                           "\\",
                                           "*",
                                           "%",
                                           "%2F",
                                           "%2e",
                                           "%00",
                                           "?",
                                           "#",
                                           ";",
                                           "&",
                                           "=",
                                           "+",
                                           " ",
                                           "\n",
                                           "\r",
                                           "\t",
                                           std::string(1, '\0'),
                                           "\"",
                                           "'",
                                           "<",
                                           ">",
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ":",
                                           ",",
                                           "\x7f",
                                           "\xff",
                                           "\xc2\x85",
                                           "\xe2\x80\xae",
                                           "\xe3\x80\x80",
                                           "太",
                                           "x.jp",
                                           "delete_all",
                                           "emails",
                                           "\x80",
                                           "A",
                                           "0"};
  std::size_t made = 0;
  for (int run = 0; run < 200'000; ++run) {
    std::string address;
    const auto length = random() % 12;
    for (unsigned long i = 0; i < length; ++i) address += pieces[random() % pieces.size()];
    const auto list = kAllLists[random() % kAllLists.size()];
    const auto target = targetOf(list, address);
    if (!target.ok()) continue;
    ++made;
    for (const auto& call : {target->read(), target->remove()}) {
      const auto fault = faultOf(call, address);
      if (!fault.empty()) {
        INFO(address);
        CHECK(fault == "");
      }
    }
  }
  CHECK(made > 1'000);
}
