// What replies mean: the rules' own examples, the traps on which classifiers err, and replies of the world's
// receivers.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "causes/explain.hpp"
#include "causes/texts.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::causes;

namespace {

const Explainer& explainer() {
  static const auto made = Explainer::make().value();
  return made;
}

Reply replyFrom(std::string_view text, std::string_view where = {}) {
  Reply reply;
  reply.text = text;
  reply.remoteHost = where;
  return reply;
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace

TEST_CASE("every built-in rule has an id, a source and an example that it explains") {
  for (const auto& rule : builtInRules()) {
    INFO(rule.id);
    CHECK_FALSE(rule.id.empty());
    CHECK_FALSE(rule.source.empty());
    REQUIRE_FALSE(rule.test.empty());
    Reply reply = replyFrom(rule.test, rule.testProvider);
    if (!rule.stage.empty()) reply.stage = rule.stage.front();
    if (rule.outcome) reply.outcome = *rule.outcome;
    if (rule.before) reply.at = *rule.before - std::chrono::hours(24);
    const auto cause = explainer().explain(reply);
    INFO("explained by " << cause.ruleId);
    CHECK(letter(cause.causeClass) == letter(rule.causeClass));
  }
}

TEST_CASE("replies of the world's receivers get the class that an operator needs") {
  std::ifstream in(testing::inTree("/tests/causes/replies.txt"));
  REQUIRE(in);
  int read = 0;
  std::string wrong;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto parts = split(line, '|');
    REQUIRE(parts.size() >= 3);
    ++read;
    const auto cause = explainer().explain(replyFrom(parts[2], parts[1]));
    const std::string also = parts.size() > 3 ? parts[3] : "";
    if (letter(cause.causeClass) != parts[0][0] && also.find(letter(cause.causeClass)) == std::string::npos)
      wrong += fmt::format("{} taken for {} ({}, {:.2f}): {}\n", parts[0], letter(cause.causeClass),
                           cause.ruleId, cause.confidence, parts[2]);
  }
  CHECK(read > 150);
  CHECK(wrong == "");
}

TEST_CASE("the replies on which every known classifier errs") {
  std::ifstream in(testing::inShared("/data/bounce-traps.tsv"));
  if (!in) {
    WARN("the shared data is not beside this checkout: not looked at");
    return;
  }
  std::string line, wrong;
  std::getline(in, line);
  int read = 0;
  while (std::getline(in, line)) {
    const auto parts = split(line, '\t');
    REQUIRE(parts.size() == 3);
    ++read;
    const auto cause = explainer().explain(replyFrom(parts[1]));
    if (parts[2].find(letter(cause.causeClass)) == std::string::npos)
      wrong += fmt::format("{}: accepted {}, said {} ({}): {}\n", parts[0], parts[2],
                           letter(cause.causeClass), cause.ruleId, parts[1]);
  }
  CHECK(read == 28);
  CHECK(wrong == "");
}

namespace {
// Japanese and other wide characters count one each.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
std::size_t wordsOf(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}
}  // namespace

TEST_CASE(
    "every class and every rule with words of its own is told in both languages, short and without jargon") {
  std::set<std::string> keys = {""};
  for (const auto& rule : builtInRules()) keys.insert(rule.textKey);
  for (const auto causeClass : kClasses)
    for (const auto& key : keys)
      for (const auto language : {Language::japanese, Language::english}) {
        Cause cause;
        cause.causeClass = causeClass;
        cause.verdict = verdictOf(causeClass);
        cause.textKey = key;
        const auto text = describe(cause, language);
        INFO(name(causeClass) << " " << key << ": " << text.headline);
        for (const auto& part :
             {text.headline, text.detail, text.next, text.whom, text.remove, text.resend}) {
          CHECK_FALSE(part.empty());
          CHECK(part.find('{') == std::string::npos);
        }
        CHECK((language == Language::japanese ? characters(text.headline) <= 120
                                              : wordsOf(text.headline) <= 60));
        for (const auto* jargon :
             {"SMTP", "MX", "DNS", "SPF", "DKIM", "DMARC", "RCPT", "550", "5.7", "bounce", "IP"})
          CHECK(text.headline.find(jargon) == std::string::npos);
      }
}

TEST_CASE("no text recommends to release an address that complained") {
  Cause cause;
  CHECK(describe(cause, Language::english, {"", "spam_reports"}).remove == "No.");
  CHECK(describe(cause, Language::english, {"", "spam_reports"}).resend == "No.");
  CHECK(describe(cause, Language::english, {"", "unsubscribes"}).resend == "No.");
}

TEST_CASE("what another server quotes is judged, and the one that quotes it says whether it is tried again") {
  const auto cause = explainer().explain(
      replyFrom("550 5.0.350 Remote server returned an error -> 421 4.7.0 Too many connections"));
  CHECK(letter(cause.causeClass) == 'T');
  CHECK(cause.outcome == Outcome::ended);
}

TEST_CASE("SendGrid's short words stand for themselves, and are no receiver's answer") {
  for (const auto* text :
       {"Invalid", "missing @", "Missing @ sign", "Address missing domain", "Missing domain",
        "Bad local part", "no @ in address", "Illegal character in address"}) {
    INFO(text);
    const auto cause = explainer().explain(replyFrom(text));
    CHECK(letter(cause.causeClass) == 'A');
    CHECK(cause.textKey == "sendgrid.invalid_address");
    CHECK(cause.speaker == Speaker::sendGrid);
  }
  // The same words in a sentence of a receiver are not SendGrid's.
  CHECK(explainer().explain(replyFrom("The content is invalid")).speaker == Speaker::receiver);
  for (const auto* text : {"User account suspended", "User account under review", "Account is suspended"}) {
    INFO(text);
    auto reply = replyFrom(text);
    CHECK(explainer().explain(reply).textKey == "sendgrid.account");
    reply.outcome = Outcome::notSent;
    CHECK(explainer().explain(reply).textKey == "sendgrid.account");
  }
  CHECK(letter(explainer().explain(replyFrom("550 5.2.1 User account suspended")).causeClass) == 'S');
}

TEST_CASE("docomo's words changed their meaning on 13 March 2025") {
  auto reply = replyFrom("550 Unknown user taro@docomo.ne.jp");
  reply.recipientDomain = "docomo.ne.jp";
  reply.stage = Stage::data;
  reply.at = parseIso("2025-03-12T14:59:59Z").value();
  CHECK(letter(explainer().explain(reply).causeClass) == 'R');
  reply.at = parseIso("2025-03-14T00:00:00Z").value();
  CHECK(letter(explainer().explain(reply).causeClass) == 'A');
  reply.at = std::nullopt;
  CHECK(letter(explainer().explain(reply).causeClass) == 'A');
}

TEST_CASE("au's refusal at the end of the text is the recipient's filter, at the address it may be both") {
  auto reply = replyFrom("550 : User unknown");
  reply.recipientDomain = "ezweb.ne.jp";
  reply.stage = Stage::data;
  CHECK(explainer().explain(reply).ruleId == "au.refused-at-data");
  reply.text = "550 <taro@ezweb.ne.jp>: User unknown";
  reply.stage = Stage::recipient;
  const auto cause = explainer().explain(reply);
  CHECK(cause.ruleId == "au.unknown");
  CHECK(describe(cause, Language::japanese).headline.find("受信拒否") != std::string::npos);
}

TEST_CASE("a reply that names another recipient is a failed forward: the mailbox we wrote to lives") {
  auto reply = replyFrom("550 5.1.1 <taro.other@example.net>: Recipient address rejected: User unknown");
  reply.recipient = "taro@example.jp";
  reply.recipientDomain = "example.jp";
  const auto cause = explainer().explain(reply);
  CHECK(cause.details.forwardedTo == "taro.other@example.net");
  CHECK(cause.verdict == Verdict::recipientMustAct);
  CHECK(describe(cause, Language::english).headline.find("forwards") != std::string::npos);
  reply.recipient = "Taro.Other@example.net";
  CHECK(explainer().explain(reply).details.forwardedTo == "");
  CHECK(explainer().explain(reply).verdict == Verdict::dead);
}

TEST_CASE(
    "a reply names blocklists, waiting times, slips of the pen and addresses that need quotation marks") {
  CHECK(explainer().explain(replyFrom("554 5.7.1 blocked using zen.spamhaus.org")).details.blocklist ==
        "Spamhaus ZEN");
  CHECK(explainer().explain(replyFrom("451 4.7.1 Greylisted, try again in 5 minutes")).details.retryAfter ==
        Duration(std::chrono::minutes(5)));
  CHECK(explainer().explain(replyFrom("450 Please retry in 300 seconds")).details.retryAfter ==
        Duration(std::chrono::minutes(5)));
  CHECK_FALSE(explainer().explain(replyFrom("550 5.1.1 User unknown")).details.retryAfter);
  auto reply = replyFrom("550 Host unknown");
  for (const auto& [written, meant] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"gmial.com", "gmail.com"},
                                                                  {"docomo.ne.jo", "docomo.ne.jp"},
                                                                  {"yahoo.co.jpp", "yahoo.co.jp"},
                                                                  {"gmail", "gmail.com"},
                                                                  {"GMAIL.", "gmail.com"},
                                                                  {"docomo", "docomo.ne.jp"},
                                                                  {"docomo.ne", "docomo.ne.jp"},
                                                                  {"ezweb", "ezweb.ne.jp"},
                                                                  {"yahoo", "yahoo.co.jp"},
                                                                  {"softbank", "softbank.ne.jp"},
                                                                  {"ezweb.ne.jp", ""},
                                                                  {"yahoo.co", ""},
                                                                  {"mail.com", ""},
                                                                  {"example.jp", ""}}) {
    reply.recipientDomain = written;
    CHECK(explainer().explain(reply).details.meantDomain == meant);
  }
  // A look-up of it cannot have failed on the way.
  auto lookedUp = replyFrom(
      "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address");
  lookedUp.recipientDomain = "gmail";
  CHECK(explainer().explain(lookedUp).textKey == "domain.typo");
  lookedUp.recipientDomain = "gmail.com";
  CHECK(explainer().explain(lookedUp).textKey == "network.lookup");
  reply.recipient = "taro..yamada.@docomo.ne.jp";
  const auto cause = explainer().explain(reply);
  REQUIRE(cause.details.needsQuoting);
  const auto notes = describe(cause, Language::english, {reply.recipient, ""}).notes;
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("\"taro..yamada.\"@docomo.ne.jp") != std::string::npos;
  }));
}

TEST_CASE("the user's rules precede all others, and are refused with a reason if they cannot work") {
  Rule own;
  own.id = "ours.partner";
  own.causeClass = Class::recipientRefused;
  own.when = {"user unknown"};
  const auto made = Explainer::make({own});
  REQUIRE(made);
  const auto cause = made->explain(replyFrom("550 5.1.1 User unknown"));
  CHECK(cause.ruleId == "ours.partner");
  CHECK(letter(cause.causeClass) == 'R');

  CHECK(made->explain(replyFrom("550 5.1.1 <bounce@example.net>: User unknown")).ruleId == "ours.partner");
  auto dropped = replyFrom("user unknown");
  dropped.outcome = Outcome::notSent;
  CHECK(made->explain(dropped).ruleId == "ours.partner");

  own.when = {"User unknown!"};
  CHECK(Explainer::make({own}).error().text ==
        "rule \"ours.partner\" (line 0): \"User unknown!\" can never match: replies contain \"user unknown\" "
        "instead");
  own.when = {};
  CHECK(Explainer::make({own}).error().text.find("has no condition") != std::string::npos);
  own.when = {"user unknown"};
  own.id = "docomo.unknown";
  CHECK(Explainer::make({own}).error().text.find("another rule has the same id") != std::string::npos);
}

TEST_CASE("no reply takes long or crashes") {
  const std::string big(64 * 1024, 'x');
  std::string words;
  while (words.size() < 64 * 1024) words += "mailbox full user unknown spam blocked quota ";
  std::string binary;
  for (int i = 0; i < 4096; ++i) binary += static_cast<char>(i * 37 % 256);
  std::string dots(64 * 1024, '.');
  std::string signs(64 * 1024, '@');
  for (const auto& text : {std::string(), std::string(" "), big, words, binary, dots, signs,
                           std::string("550"), std::string("5.1.1"), std::string("\xff\xfe\0\x01", 4)}) {
    const auto cause = explainer().explain(replyFrom(text));
    CHECK(cause.confidence >= 0);
    CHECK(cause.confidence <= 1);
  }
  CHECK(letter(explainer().explain(replyFrom("")).causeClass) == 'U');
  CHECK(explainer().explain(replyFrom("")).ruleId == "none");
  // Cut off, in several lines, wrapped twice: the same cause.
  for (const auto* text : {"550 5.1.1 <a@example.com>: Recipient address rejected: User unkn",
                           "550-5.1.1 User\r\n550 5.1.1 unknown",
                           "host a.example.com[192.0.2.1] said: host b.example.com said: 550 5.1.1 User "
                           "unknown (in reply to RCPT TO command)"})
    CHECK(letter(explainer().explain(replyFrom(text)).causeClass) == 'A');
}

TEST_CASE("no address is declared dead without a rule or a status code that says so") {
  for (const auto* text : {"550 5.7.1 something happened", "550 no", "554 5.0.0 that did not go well",
                           "421 4.3.2 later", "550 5.2.2 recipient", "451 4.4.1 recipient host"})
    CHECK(explainer().explain(replyFrom(text)).verdict != Verdict::dead);
}
