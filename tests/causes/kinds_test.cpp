// Kinds of error that were found on replies which nobody had seen; one case per kind, with made-up examples.
#include <fmt/format.h>
#include <algorithm>
#include <catch2/catch.hpp>

#include <fstream>
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

Cause explained(std::string_view text, std::string_view domain = {}, std::string_view recipient = {}) {
  Reply reply;
  reply.text = text;
  reply.recipientDomain = domain;
  reply.recipient = recipient;
  return explainer().explain(reply);
}

char letterOf(std::string_view text, std::string_view domain = {}) {
  return letter(explained(text, domain).causeClass);
}

}  // namespace

TEST_CASE("each kind of error in kinds.txt is avoided") {
  std::ifstream in(testing::inTree("/tests/causes/kinds.txt"));
  int read = 0;
  std::string wrong;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> parts(5);
    std::istringstream fields(line);
    for (auto& part : parts) std::getline(fields, part, '|');
    ++read;
    Reply reply;
    reply.text = parts[4];
    reply.stage = stageNamed(parts[2]);
    reply.recipientDomain = parts[3];
    const auto cause = explainer().explain(reply);
    if (letter(cause.causeClass) != parts[1][0])
      wrong += fmt::format("kind {}: {} taken for {} ({}, {:.2f}): {}\n", parts[0], parts[1],
                           letter(cause.causeClass), cause.ruleId, cause.confidence, parts[4]);
  }
  CHECK(read == 63);
  CHECK(wrong == "");
}

TEST_CASE("a failed look-up by SendGrid is no dead address, least of all at a known receiver") {
  const auto failed =
      "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address";
  for (const auto domain : {"gmail.com", "naver.com", "example.com"}) {
    const auto cause = explained(failed, domain);
    CHECK(letter(cause.causeClass) == 'N');
    CHECK(cause.verdict == Verdict::wait);
    CHECK(cause.provider == "");
  }
  CHECK(letterOf("550 5.1.2 Bad destination host 'DNS Hard Error looking up example.comm (MX): NXDomain'",
                 "example.comm") == 'D');
  CHECK(explained(
            "Host or domain name not found. Name service error for name=gmail.com type=MX: Host not found",
            "gmail.com")
            .verdict != Verdict::dead);
}

TEST_CASE("what becomes of the mail is told apart from what the reply means") {
  const auto text = [](std::string_view reply_, std::string_view event, std::string_view list) {
    Reply reply;
    reply.text = reply_;
    reply.outcome = outcomeNamed(event, list);
    const auto cause = explainer().explain(reply);
    const auto told = describe(cause, Language::english, {"", list});
    return told.headline + " " + told.next + " " + told.resend;
  };
  const auto promises = [](const std::string& told) {
    return told.find("tries again by itself") != std::string::npos ||
           told.find("retried by itself") != std::string::npos;
  };
  CHECK(promises(text("421 4.7.0 try again later", "", "")));
  CHECK(promises(text("421 4.7.0 try again later", "deferred", "")));
  CHECK_FALSE(promises(text("421 4.7.0 try again later", "", "blocks")));
  CHECK_FALSE(promises(text("421 4.7.0 try again later", "blocked", "")));
  CHECK_FALSE(promises(text("550 5.7.1 Too many connections from your host", "", "")));
  CHECK_FALSE(promises(text("554 5.3.0 internal error", "bounce", "")));
}

TEST_CASE("Gmail's refusal for good is a block, its deferral a limit") {
  CHECK(letterOf(
            "550-5.7.1 Our system has detected an unusual rate of 550-5.7.1 unsolicited mail originating "
            "from your IP address. To protect our 550-5.7.1 users from spam, mail sent from your IP address "
            "has been blocked. 550 5.7.1 https://support.google.com/mail/?p=UnsolicitedIPError a - gsmtp",
            "gmail.com") == 'B');
  CHECK(
      letterOf(
          "421-4.7.28 Our system has detected an unusual rate of 421-4.7.28 unsolicited mail originating "
          "from your IP address. 421-4.7.28 users from spam, mail sent from your IP address has been "
          "temporarily rate limited. 421 4.7.28 https://support.google.com/mail/?p=UnsolicitedRateLimitError",
          "gmail.com") == 'T');
}

TEST_CASE("another spelling of the same mailbox is no forward") {
  auto cause = explained("550 Unknown user ab..cde@docomo.ne.jp", "docomo.ne.jp", "\"ab..cde\"@docomo.ne.jp");
  CHECK(cause.details.forwardedTo == "");
  CHECK(cause.verdict == Verdict::dead);
  cause = explained("550 5.1.1 <hanako@example.net>: User unknown", "example.jp", "taro@example.jp");
  CHECK(cause.details.forwardedTo == "hanako@example.net");
}

TEST_CASE("a guess is no finding: below the floor no side is named") {
  const auto cause = explained("550 \xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd", "example.jp");
  CHECK(letter(cause.causeClass) == 'U');
  CHECK(cause.verdict == Verdict::unknown);
  Cause guess;
  guess.perhaps = Class::mailboxFull;
  guess.textKey = "unspecified.perhaps";
  const auto text = describe(guess, Language::japanese);
  CHECK(text.side == "まだ分かりません");
  CHECK(text.headline.find("受信箱がいっぱい") != std::string::npos);
}

TEST_CASE("GMX, web.de and IONOS name the cause in the link") {
  const auto* text =
      "554-Transaction failed 554-Reject due to policy restrictions. 554 For explanation visit "
      "https://postmaster.gmx.net/en/case?c=hi&i=ip&v=192.0.2.1&r=1Maaaa-1bbbbb";
  CHECK(letterOf(text, "gmx.net") == 'M');
  CHECK(letterOf(
            "554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address "
            "is block listed. 554 For explanation visit "
            "https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.1",
            "gmx.net") == 'B');
}

TEST_CASE("a rule of the recipient's organisation is the recipient's side") {
  CHECK(letterOf("554 5.7.1 The recipient definitively does not want your mail. It will not be delivered but "
                 "analyzed again. We may feed it to a spam blacklist.") == 'R');
}

TEST_CASE(
    "au answers a missing address and a refusal alike: the verdict is not dead where the text says both") {
  const auto cause = explained("550 <taro@ezweb.ne.jp>: User unknown", "ezweb.ne.jp");
  CHECK(cause.textKey == "au.unknown");
  CHECK(cause.verdict == Verdict::recipientMustAct);
}

TEST_CASE("a text of its own wherever the next step differs") {
  struct Case {
    std::string_view key, reply, domain;
  };
  for (const auto& [key, reply, domain] : std::vector<Case>{
           {"sendgrid.unsubscribed", "Unsubscribed Address", ""},
           {"sendgrid.spam_report", "Spam Reporting Address", ""},
           {"sendgrid.bounced_before", "Bounced Address", ""},
           {"sendgrid.quota", "Recipient List over Package Quota", ""},
           {"sendgrid.request", "Invalid SMTPAPI header", ""},
           {"sender.daily_limit", "550 5.4.5 Daily user sending quota exceeded", ""},
           {"sender.free_domain",
            "550-5.7.26 Unauthenticated email from gmail.com is not accepted due to domain's DMARC policy.",
            ""},
           {"sender.domain_missing", "553 5.1.8 Domain of sender address a@exampel.jp does not exist", ""},
           {"sender.domain_missing", "553 domain does not exist", "i.softbank.jp"},
           {"sender.credentials", "535 5.7.8 Authentication credentials invalid", ""},
           {"network.tls_required", "523 5.7.10 STARTTLS required", ""},
           {"network.loop", "554 5.4.6 Too many hops, mail loop", ""},
           {"domain.typo", "connect to gmal.com[192.0.2.1]:25: Connection timed out", "gmal.com"},
           {"malformed.size", "552 5.3.4 Message size 31457280 exceeds fixed limit 10485760", ""},
           {"malformed.recipients", "552 5.3.4 Too many recipients", ""},
           {"content.attachment", "550 5.7.1 prohibited attachment type (.zip)", ""},
           {"refused.group", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", ""},
           {"refused.list", "550 5.7.1 Only members of the list may post to this list", ""},
           {"moved.new_address", "550 5.1.1 Account has moved, new address: b@example.net", ""},
           {"domain.relay", "554 5.7.1 Relay access denied", ""},
           {"blocked.list", "554 5.7.1 Client host [192.0.2.1] blocked using Spamhaus", ""},
           {"full.inactive", "552 5.2.2 mailbox over quota and has been inactive for long", ""},
           {"network.expired", "554 5.4.7 Delivery expired after 72 hours", ""}}) {
    INFO(reply);
    const auto cause = explained(reply, domain);
    INFO(letter(cause.causeClass) << " " << cause.ruleId);
    CHECK(cause.textKey == key);
  }
}

TEST_CASE("what another reader found: the class and the text of each") {
  struct Case {
    char letter;
    std::string_view key, reply;
    Outcome outcome = Outcome::unknown;
  };
  for (const auto& [expected, key, reply, outcome] : std::vector<Case>{
           {'K', "sender.free_domain",
            "550-5.7.26 The sender news@gmail.com fails DMARC of gmail.com - gsmtp"},
           {'B', "blocked.domain", "550 5.7.1 Sending domain shop.example.jp found in our spam domain list"},
           {'B', "blocked.domain",
            "550 5.7.1 Domain shop.example.jp is listed as a source of spam, see http://dbl.example.org/q"},
           {'B', "blocked.domain", "554 domain shop.example.jp is on our list of spam domains"},
           {'B', "blocked.domain", "550 Your domain shop.example.jp has been placed on the URIBL list"},
           {'B', "blocked.domain", "550 5.7.1 your domain city.example.jp is blacklisted"},
           {'B', "blocked.domain", "550 5.7.1 domain listed in dbl.spamhaus.org"},
           {'C', "content.link", "550 5.7.1 A link in the message is listed by URIBL"},
           {'K', "sender.login", "530 5.7.0 Please log in before you send as <news@shop.example.jp>"},
           {'K', "sender.login", "530 Login needed before MAIL"},
           {'K', "sender.login", "553 you have to sign in before sending as <news@shop.example.jp>"},
           {'K', "sender.login", "550 This sender address needs SMTP authentication"},
           {'K', "sender.callout", "451 4.1.8 Sender callback verification could not be completed",
            Outcome::retried},
           {'K', "sender.callout", "450 sender address verification in progress", Outcome::retried},
           {'R', "sendgrid.spam_report", "Reported as spam by the recipient earlier", Outcome::notSent},
           {'T', "sendgrid.quota", "421 Monthly sending allowance of your plan was exceeded",
            Outcome::notSent},
           {'U', "sendgrid.no_reason", "The bounce could not be parsed by our system"},
           {'U', "sendgrid.no_reason", "The response could not be parsed"},
           {'U', "sendgrid.no_reason", ""},
           {'T', "sender.hourly_limit", "452 4.7.1 Hourly quota exceeded"},
           {'T', "sender.daily_limit", "452 4.2.2 Mailbox <a@b.example> is over quota for sending"},
           {'A', "address.other_owner", "551 5.7.17 the mailbox belongs to another person since your date"},
           {'A', "moved.new_address", "551 5.1.6 Recipient moved, please use c@d.example instead"},
           {'M', "malformed.commands", "503 Commands out of sync"},
           {'M', "malformed.commands", "503 5.5.1 need RCPT command"}}) {
    INFO(reply);
    Reply asked;
    asked.text = reply;
    asked.outcome = outcome;
    const auto cause = explainer().explain(asked);
    INFO(cause.ruleId << " " << cause.confidence);
    CHECK(letter(cause.causeClass) == expected);
    CHECK(cause.textKey == key);
  }
}

TEST_CASE("a link's list is none from which SendGrid could take our server") {
  const auto notes =
      describe(explained("550 5.7.1 A link in the message is listed by URIBL"), Language::japanese).notes;
  for (const auto& note : notes) CHECK(note.find("SendGridが申請") == std::string::npos);
}

TEST_CASE("a wrong address that is still retried is in no list yet") {
  for (const auto* reply : {"450 4.1.1 user unknown", "450 4.7.1 <a@b.example>: no such mailbox here"}) {
    INFO(reply);
    const auto text = describe(explained(reply), Language::english);
    CHECK(text.remove == "Not needed. It is in no list yet.");
    CHECK(text.resend.find("retries for up to 72 hours") != std::string::npos);
  }
  const auto tls = describe(explained("454 4.7.0 TLS required"), Language::english);
  CHECK(tls.headline.find("has not arrived yet") != std::string::npos);
}

TEST_CASE("a text names what the reply names: the new address, the sizes, the domain of our sender") {
  CHECK(describe(explained("550 5.1.1 Account has moved, new address: b@example.net"), Language::japanese)
            .headline.find("b@example.net") != std::string::npos);
  const auto notes =
      describe(explained("552 5.3.4 Message size 31457280 exceeds fixed limit 10485760"), Language::japanese)
          .notes;
  CHECK(std::find(notes.begin(), notes.end(), "このメールは約30 MB、受信側の上限は10 MBです。") !=
        notes.end());
  CHECK(describe(
            explained("550-5.7.26 Unauthenticated email from gmail.com is not accepted due to domain's DMARC "
                      "policy."),
            Language::english)
            .headline.find("gmail.com") != std::string::npos);
}

TEST_CASE("both languages have the same sentences that are added by rule") {
  const auto japanese = allNotes(Language::japanese), english = allNotes(Language::english);
  REQUIRE(japanese.size() == english.size());
  for (std::size_t i = 0; i < japanese.size(); ++i) {
    CHECK(japanese[i].key == english[i].key);
    CHECK_FALSE(japanese[i].text.empty());
    CHECK_FALSE(english[i].text.empty());
  }
  // All that describe() adds is among them.
  Cause cause;
  cause.causeClass = Class::recipientRefused;
  cause.verdict = verdictOf(cause.causeClass);
  cause.provider = "docomo";
  cause.details.needsQuoting = true;
  cause.details.meantDomain = "gmail.com";
  cause.details.limitBytes = 1'000'000;
  cause.details.retryAfter = std::chrono::minutes(5);
  const auto notes = describe(cause, Language::english, {"a..b@docomo.ne.jp", "blocks"}).notes;
  CHECK(notes.size() == 7);
  for (const auto& note : notes)
    CHECK(std::any_of(english.begin(), english.end(), [&](const auto& one) {
      return note.starts_with(one.text.substr(0, std::min(one.text.find('{'), one.text.size())));
    }));
}

TEST_CASE("both languages have the same texts, each with a side and a next step") {
  const auto japanese = allTexts(Language::japanese), english = allTexts(Language::english);
  REQUIRE(japanese.size() == english.size());
  CHECK(japanese.size() > 60);
  for (std::size_t i = 0; i < japanese.size(); ++i) {
    INFO(japanese[i].key);
    CHECK(japanese[i].key == english[i].key);
    CHECK(japanese[i].outcome == english[i].outcome);
    for (const auto* text : {&japanese[i].text, &english[i].text}) {
      for (const auto* part : {&text->side, &text->headline, &text->detail, &text->next, &text->whom,
                               &text->remove, &text->resend})
        CHECK_FALSE(part->empty());
      for (const auto* idle : {"何もせず", "Do nothing"}) CHECK(text->next.find(idle) == std::string::npos);
      for (const auto* elsewhere : {"下の", "この画面", "below", "above"})
        CHECK((text->headline + text->detail + text->next).find(elsewhere) == std::string::npos);
    }
  }
}

TEST_CASE("the reason of a drop is SendGrid's own, in its long and its short form, never a receiver's") {
  struct Case {
    std::string_view reason, key;
    char expected;
  };
  for (const auto& [reason, key, expected] :
       std::vector<Case>{{"Invalid SMTPAPI header", "sendgrid.request", 'M'},
                         {"Spam Content (if Spam Checker app is enabled)", "sendgrid.spam_content", 'C'},
                         {"Spam Content", "sendgrid.spam_content", 'C'},
                         {"Unsubscribed Address", "sendgrid.unsubscribed", 'R'},
                         {"Bounced Address", "sendgrid.bounced_before", 'A'},
                         {"Spam Reporting Address", "sendgrid.spam_report", 'R'},
                         {"Invalid", "sendgrid.invalid_address", 'A'},
                         {"Invalid Address", "sendgrid.invalid_address", 'A'},
                         {"INVALID ADDRESS", "sendgrid.invalid_address", 'A'},
                         {"Recipient List over Package Quota", "sendgrid.quota", 'T'},
                         {"Duplicate message", "sendgrid.duplicate", 'U'},
                         {"Mailbox full of something new", "sendgrid.dropped", 'U'},
                         {"user unknown", "sendgrid.dropped", 'U'}}) {
    INFO(reason);
    Reply reply;
    reply.text = reason;
    reply.recipientDomain = "gmail.com";
    reply.outcome = outcomeNamed("dropped", "");
    const auto cause = explainer().explain(reply);
    CHECK(cause.speaker == Speaker::sendGrid);
    CHECK(cause.textKey == key);
    CHECK(letter(cause.causeClass) == expected);
    CHECK(cause.provider == "");
    const auto told = describe(cause, Language::japanese);
    CHECK((told.headline + told.detail).find("サーバーが「") == std::string::npos);
  }
  Reply answered;
  answered.text = "550 5.1.1 User unknown";
  answered.outcome = outcomeNamed("dropped", "");
  CHECK(explainer().explain(answered).speaker == Speaker::receiver);
}

TEST_CASE("an address that bounced earlier is named so, and not as one that does not exist") {
  const auto cause = explained("Bounced Address");
  CHECK(shortName(cause, Language::japanese) == "以前に不達、一覧に登録済み");
  CHECK(shortName(cause, Language::english) == "bounced earlier, on the list");
  CHECK(cause.verdict == Verdict::unknown);
  CHECK(customerText(cause, Language::japanese, {}, "11月24日").byPhone.empty());
  CHECK(shortName(explained("550 5.1.1 User unknown"), Language::japanese) == "宛先なし");
  CHECK(shortName(Class::senderBlocked, Language::japanese) == "送信元が拒否された");
}

TEST_CASE("what is retried by itself is not to be sent again, in any text") {
  for (const auto& named : allTexts(Language::english))
    for (const auto language : {Language::japanese, Language::english}) {
      Cause cause;
      cause.causeClass = named.key.starts_with("rate") ? Class::temporaryLimit : Class::network;
      if (const auto c = classNamed(named.key)) cause.causeClass = *c;
      cause.verdict = verdictOf(cause.causeClass);
      cause.textKey = named.key;
      cause.outcome = Outcome::retried;
      const auto text = describe(cause, language);
      if (text.resend.find("72") == std::string::npos) continue;
      const auto all = text.next + " " + describeShort(cause, language).todo;
      INFO(named.key << ": " << all);
      for (const auto* again : {"このメールを一度送り直", "一度送り直", "同じ宛先に", "解除して、送り直す",
                                "again once", "send again", "Send again", "Send this mail again"})
        CHECK(all.find(again) == std::string::npos);
    }
}

TEST_CASE("the short text of a limit tells what becomes of the mail") {
  Reply reply;
  reply.text = "450 4.7.1 too many messages, slow down";
  reply.outcome = Outcome::retried;
  CHECK(describeShort(explainer().explain(reply), Language::japanese).todo == "待つ(自動で送り直されます)。");
  reply.outcome = Outcome::ended;
  CHECK(describeShort(explainer().explain(reply), Language::japanese).todo == "数時間おいて送り直す。");
}

TEST_CASE("the verdict agrees with the text: who has to act, and whether waiting helps") {
  const auto side = [](std::string_view key) {
    Cause cause;
    cause.textKey = key;
    return describe(cause, Language::english).side;
  };
  const auto ours = side("sender.callout"), theirs = side("network.loop");
  for (const auto& rule : builtInRules()) {
    if (rule.textKey.empty()) continue;
    Reply reply;
    reply.text = rule.test;
    reply.remoteHost = rule.testProvider;
    if (!rule.stage.empty()) reply.stage = rule.stage.front();
    if (rule.outcome) reply.outcome = *rule.outcome;
    if (rule.before) reply.at = *rule.before - std::chrono::hours(24);
    const auto cause = explainer().explain(reply);
    const auto text = describe(cause, Language::english);
    INFO(rule.id << ": " << text.headline << " verdict " << name(cause.verdict));
    // A daily limit of ours passes by itself.
    if (text.side == ours && cause.textKey != "sender.daily_limit")
      CHECK(cause.verdict == Verdict::senderMustFix);
    if ((text.headline + text.detail).find("Waiting does not help") != std::string::npos)
      CHECK(cause.verdict != Verdict::wait);
    if (text.remove.find("depends") != std::string::npos) CHECK(cause.verdict != Verdict::dead);
  }
  CHECK(theirs != ours);
  CHECK(explained("523 5.7.10 STARTTLS required").verdict == Verdict::senderMustFix);
  CHECK(explained("554 5.4.6 Too many hops, mail loop").verdict == Verdict::recipientMustAct);
}

TEST_CASE("a call-out in any words speaks of our address, whoever the recipient is") {
  for (const auto* text :
       {"550 Dialled back to your MX about <news@shop.example.jp>: we asked and it gave 550 no such user",
        "550 We probed news@shop.example.jp at its MX and were told: 550 mailbox not found",
        "550 5.7.1 Verification failed for <news@shop.example.jp> 550 User not found",
        "550 your bounce address bounce@shop.example.jp was refused: 550 no such user",
        "550 Envelope sender <bounce@shop.example.jp> could not be validated (550 5.1.1 no such recipient)",
        "550-Remote host said: 550 no such user <noreply@shop.example.jp>",
        "550 We contacted your mail exchanger; <info@shop.example.jp> is not known there"})
    for (const auto* recipient : {"", "taro@example.net"}) {
      INFO(text);
      const auto cause = explained(text, *recipient ? "example.net" : "", recipient);
      CHECK(letter(cause.causeClass) == 'K');
      CHECK(cause.verdict == Verdict::senderMustFix);
      CHECK(cause.textKey == "sender.callout");
      CHECK(describe(cause, Language::english).headline.find("forwards") == std::string::npos);
    }
}

TEST_CASE("words of asking about the recipient's own address are no call-out") {
  CHECK(letter(explained("550 <news@example.net>: no such user", "example.net", "news@example.net")
                   .causeClass) == 'A');
  const auto* own = "550 Verification failed for <taro@example.net>: no such user";
  CHECK(letter(explained(own, "example.net", "taro@example.net").causeClass) == 'A');
  CHECK(letter(explained(own, "example.net").causeClass) == 'A');
  for (const auto* text :
       {"550 5.1.1 <taro@example.net>: user unknown, check spelling",
        "550 5.1.1 taro@example.net does not exist, please check the address",
        "550 5.1.1 The email account that you tried to reach does not exist: taro@example.net",
        "550 5.1.1 <taro@example.net>: Recipient address rejected: User unknown; recipient verification "
        "failed"}) {
    INFO(text);
    CHECK(letter(explained(text).causeClass) == 'A');
  }
  for (const auto* text : {"550 Mail from your server rejected, your server is on a blacklist",
                           "550 5.7.1 Your server has been blocked, contact abuse@example.com, cannot accept",
                           "554 5.7.1 Sender address rejected: Access denied"}) {
    INFO(text);
    CHECK(letter(explained(text).causeClass) == 'B');
  }
}

TEST_CASE("one slip in a word hides no cause, and words of other languages are no slips") {
  for (const auto* text : {"550 Recipent adress does not exsist", "550 Unknwon user", "550 mailbx not found",
                           "550 acount does not exsit", "550 Recpient adress unkown", "550 invlid recipient",
                           "550 nonexistant user", "550 invalid reciever"}) {
    INFO(text);
    CHECK(letterOf(text) == 'A');
  }
  CHECK(letterOf("550 domian not found") == 'D');
  for (const auto* text : {"550 usuario invalido", "550 no existe el usuario", "550 adresse inconnue"}) {
    INFO(text);
    CHECK(letterOf(text) == 'A');
  }
}

TEST_CASE("the dot before the @ is told also where only the reply names the address") {
  CHECK(explained("550 5.1.1 <taro.@docomo.ne.jp>: invalid address").textKey == "address.dots");
  CHECK(explained("550 5.1.1 <a..b@docomo.ne.jp>: User unknown").textKey == "address.dots");
  CHECK(explained("550 5.1.1 <taro@example.jp>: User unknown").textKey != "address.dots");
  CHECK(explained("550 5.1.1 <taro.@docomo.ne.jp>: unknown", "", "taro@docomo.ne.jp").textKey !=
        "address.dots");
}
