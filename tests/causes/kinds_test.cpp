// Kinds of error that were found on replies which nobody had seen; one case per kind, with made-up examples.
#include <fmt/format.h>
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
  CHECK(read == 37);
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
