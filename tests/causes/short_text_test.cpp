// The texts that a row of the desk's list has room for, and those for customers and IT staff.
#include <catch2/catch.hpp>
#include <set>

#include "causes/explain.hpp"
#include "causes/texts.hpp"

using namespace arrivald;
using namespace arrivald::causes;

namespace {

Cause causeOf(const std::string& key) {
  Cause cause;
  if (const auto c = classNamed(key)) {
    cause.causeClass = *c;
    cause.verdict = verdictOf(*c);
  } else {
    cause.textKey = key;
  }
  cause.details.meantDomain = key == "domain.typo" ? "gmail.com" : "";
  if (key == "forwarded") {
    cause.details.forwardedTo = "x@example.org";
    cause.textKey.clear();
  }
  return cause;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("every cause has a sentence and a next step that fit into a row, in both languages") {
  for (const auto& named : allTexts(Language::japanese)) {
    INFO(named.key);
    const auto cause = causeOf(named.key);
    const auto japanese = describeShort(cause, Language::japanese);
    CHECK_FALSE(japanese.row.empty());
    CHECK_FALSE(japanese.todo.empty());
    CHECK(characters(japanese.row) <= 30);  // the longest domain that is filled in has nine characters
    CHECK(characters(japanese.todo) <= 18);
    const auto english = describeShort(cause, Language::english);
    CHECK_FALSE(english.row.empty());
    CHECK_FALSE(english.todo.empty());
    CHECK(english.said.empty() == japanese.said.empty());
    for (const auto* text : {&japanese.row, &japanese.todo, &japanese.said, &english.row, &english.todo})
      CHECK(text->find('{') == std::string::npos);
  }
}

TEST_CASE("nothing can be asserted of an address that does not work, and something of all others") {
  const std::set<std::string> dead = {"no_address",   "bad_domain",        "docomo.unknown", "domain.typo",
                                      "domain.relay", "moved.new_address", "address.dots",   "address.form"};
  for (const auto& key : dead) CHECK(describeShort(causeOf(key), Language::japanese).said.empty());
  for (const auto* key :
       {"mailbox_full", "mailbox_disabled", "recipient_refused", "forwarded", "au.unknown",
        "docomo.maybe_refused", "sender_blocked", "gateway.sender_refused", "auth_failure",
        "content_spam_virus", "size_malformed", "rate_temporary", "network_system", "unspecified"}) {
    INFO(key);
    CHECK_FALSE(describeShort(causeOf(key), Language::japanese).said.empty());
  }
}

TEST_CASE("a fault that is over says how many have arrived since") {
  const auto cause = causeOf("network_system");
  CHECK(describeShort(cause, Language::japanese).row == "相手のサーバーの障害です。");
  const auto over = describeShort(cause, Language::japanese, {}, 12);
  CHECK(over.row == "終わりました。同じ組織の12通が届いています。");
  CHECK(over.todo == "解除して、送り直す。");
  // A release from the list of blocks changes nothing, so nothing advises it.
  for (const auto language : {Language::english, Language::japanese}) {
    const auto todo = describeShort(cause, language, {"", "blocks"}, 12).todo;
    CHECK(todo ==
          (language == Language::japanese ? "送り直す(解除は不要です)。" : "Send again; no release needed."));
  }
  CHECK(describeShort(causeOf("no_address"), Language::japanese, {}, 12).row == "アドレスがありません。");
}

TEST_CASE("a recipient's wish outweighs the reply") {
  CHECK(describeShort(causeOf("network_system"), Language::japanese, {"", "spam_reports"}, 3).row ==
        "本人が迷惑メールと報告しました。");
  for (const auto* list : {"unsubscribes", "group_unsubscribes"})
    CHECK(describeShort(causeOf("unspecified"), Language::japanese, {"", list}).row ==
          "本人が配信停止を選んでいます。");
}

TEST_CASE("the customer is told in a polite sentence, without jargon") {
  const auto full = customerText(causeOf("mailbox_full"), Language::japanese, {}, "11月24日");
  CHECK(full.text ==
        "お問い合わせのメールは、11月24日に受信箱がいっぱいのため、お届けできませんでした。"
        "お手数ですが、受信箱に空きを作っていただき、こちらへお知らせください。"
        "確認できましたら、送信を再開いたします。");
  CHECK(full.byPhone.empty());
  const auto ours = customerText(causeOf("sender_blocked"), Language::japanese, {}, "11月24日");
  CHECK_THAT(ours.text, Catch::Contains("ただいま確認しています"));
  const auto dead = customerText(causeOf("no_address"), Language::japanese, {}, "11月24日");
  CHECK(dead.byPhone == "このアドレスへはメールで送れません。");
  for (const auto& named : allTexts(Language::english))
    for (const auto language : {Language::japanese, Language::english}) {
      const auto text = customerText(causeOf(named.key), language, {}, "24 November").text;
      INFO(named.key << ": " << text);
      CHECK(text.find('{') == std::string::npos);
      CHECK(text.find("SMTP") == std::string::npos);
    }
}

TEST_CASE("the receiver's IT staff gets the server, since when, the reply as it came, and one request") {
  const auto text = itDeskText(Language::japanese, {"town.example.lg.jp", "11/24 09:12", "203.0.113.7",
                                                    "450 4.7.1 <{server}> no PTR {date}"});
  CHECK_THAT(text, Catch::Contains("town.example.lg.jp宛て") && Catch::Contains("203.0.113.7") &&
                       Catch::Contains("450 4.7.1 <{server}> no PTR {date}") &&
                       Catch::Contains("11/24 09:12"));
}

TEST_CASE("the version of the explanations follows the operator's rules") {
  const auto plain = Explainer::make().value().version();
  CHECK(plain == Explainer::make().value().version());
  const auto rules = parseRules("rule ours\nclass B\nwhen some words\nsource us\ntest some words\n").value();
  auto other = rules;
  other[0].causeClass = Class::mailboxFull;
  CHECK(Explainer::make(rules).value().version() != plain);
  CHECK(Explainer::make(rules).value().version() != Explainer::make(other).value().version());
}
