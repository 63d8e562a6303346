// Whether to release an entry: the table of section 4 of the desk, by list, cause and what happened since.
#include "suppression/advice.hpp"

#include <catch2/catch.hpp>

#include "causes/explain.hpp"

using namespace arrivald;
using namespace arrivald::suppression;
using causes::Class;

namespace {

causes::Cause causeOf(Class c) {
  causes::Cause cause;
  cause.causeClass = c;
  cause.verdict = causes::verdictOf(c);
  return cause;
}

struct Since {
  bool accepted = false, failedAgain = false;
};
Advice adviceFor(List list, const causes::Cause& cause, Since since = {},
                 Instant created = parseIso("2026-11-20T00:00:00Z").value()) {
  AdviceFacts facts;
  facts.list = list;
  facts.cause = &cause;
  facts.receiverAcceptedSince = since.accepted;
  facts.failedAgainAfterRelease = since.failedAgain;
  facts.created = created;
  return advise(facts);
}

causes::Cause explained(const std::string& text, const std::string& recipient, Instant at) {
  static const auto explainer = causes::Explainer::make().value();
  causes::Reply reply;
  reply.text = text;
  reply.recipient = recipient;
  reply.recipientDomain = std::string_view(recipient).substr(recipient.find('@') + 1);
  reply.at = at;
  reply.outcome = causes::Outcome::ended;
  return explainer.explain(reply);
}

}  // namespace

TEST_CASE("a bounce is advised by its class") {
  const std::vector<std::pair<Class, Advice>> table = {
      {Class::noAddress, Advice::doNot},
      {Class::badDomain, Advice::doNot},
      {Class::mailboxFull, Advice::onceConfirmed},
      {Class::mailboxDisabled, Advice::onceConfirmed},
      {Class::recipientRefused, Advice::onceConfirmed},
      {Class::senderBlocked, Advice::onceConfirmed},
      {Class::authentication, Advice::onceConfirmed},
      {Class::content, Advice::onceConfirmed},
      {Class::malformed, Advice::onceConfirmed},
      {Class::temporaryLimit, Advice::onceConfirmed},
      {Class::network, Advice::onceConfirmed},
      {Class::unspecified, Advice::onceConfirmed},
  };
  REQUIRE(table.size() == causes::kClasses.size());
  for (const auto& [c, advice] : table) {
    INFO(causes::name(c));
    CHECK(adviceFor(List::bounces, causeOf(c)) == advice);
    CHECK(adviceFor(List::invalidEmails, causeOf(c)) == advice);
  }
}

TEST_CASE("a fault that passed makes a bounce safe to release once the receiver has accepted mail since") {
  for (const auto c : causes::kClasses) {
    INFO(causes::name(c));
    const bool passes = c == Class::temporaryLimit || c == Class::network;
    CHECK((adviceFor(List::bounces, causeOf(c), {.accepted = true}) == Advice::safe) == passes);
    CHECK(adviceFor(List::invalidEmails, causeOf(c), {.accepted = true}) != Advice::safe);
  }
}

TEST_CASE("what was released and failed again is not to be released, unless that makes no difference") {
  for (const auto c : causes::kClasses) {
    const Since since{.accepted = true, .failedAgain = true};
    CHECK(adviceFor(List::bounces, causeOf(c), since) == Advice::doNot);
    CHECK(adviceFor(List::blocks, causeOf(c), since) == Advice::noDifference);
  }
}

TEST_CASE("blocks stop no mail, and a recipient's own wish is for admins, whatever the cause") {
  for (const auto c : causes::kClasses) {
    CHECK(adviceFor(List::blocks, causeOf(c)) == Advice::noDifference);
    for (const auto list : {List::spamReports, List::unsubscribes, List::groupUnsubscribes}) {
      CHECK(adviceFor(list, causeOf(c), {.accepted = true}) == Advice::adminOnly);
      CHECK(isWish(list));
    }
  }
}

TEST_CASE("an unknown cause needs a person") {
  AdviceFacts facts;
  facts.receiverAcceptedSince = true;
  CHECK(advise(facts) == Advice::onceConfirmed);
}

TEST_CASE("causes of carriers, forwards and typing errors are advised as what they mean") {
  const auto before = parseIso("2025-03-12T14:59:59Z").value();
  const auto since = parseIso("2025-03-12T15:00:00Z").value();
  struct Row {
    std::string text, recipient;
    Instant at;
    Advice advice;
    Side side;
  };
  const std::vector<Row> table = {
      {"550 Unknown user a@docomo.ne.jp", "a@docomo.ne.jp", since, Advice::doNot, Side::wrongAddress},
      {"550 Unknown user a@docomo.ne.jp", "a@docomo.ne.jp", before, Advice::onceConfirmed,
       Side::wrongAddress},
      {"550 5.2.0 Unknown user a@docomo.ne.jp", "a@docomo.ne.jp", before, Advice::onceConfirmed,
       Side::theirs},
      {"550 <a@ezweb.ne.jp>: User unknown", "a@ezweb.ne.jp", since, Advice::onceConfirmed, Side::theirs},
      {"550 5.1.1 <x@other.example>: user unknown", "a@town.example.jp", since, Advice::onceConfirmed,
       Side::theirs},
      {"connect to gmial.com: timed out", "a@gmial.com", since, Advice::doNot, Side::wrongAddress},
      {"552 5.2.2 mailbox full", "a@example.jp", since, Advice::onceConfirmed, Side::theirs},
      {"554 5.7.1 Client host blocked using Spamhaus", "a@example.jp", since, Advice::onceConfirmed,
       Side::ours},
      {"421 4.7.0 too many connections, try later", "a@example.jp", since, Advice::onceConfirmed,
       Side::temporary},
      {"", "a@example.jp", since, Advice::onceConfirmed, Side::unknown},
  };
  for (const auto& row : table) {
    INFO(row.text << " " << row.recipient << " " << toIso(row.at));
    const auto cause = explained(row.text, row.recipient, row.at);
    CHECK(adviceFor(List::bounces, cause, {}, row.at) == row.advice);
    CHECK(sideOf(cause) == row.side);
  }
}

TEST_CASE("before docomo's change an unknown user may be a refusal, whichever rule found it") {
  auto cause = causeOf(Class::noAddress);
  cause.provider = "docomo";
  const auto change = parseIso("2025-03-12T15:00:00Z").value();
  CHECK(adviceFor(List::bounces, cause, {}, change - std::chrono::milliseconds(1)) == Advice::onceConfirmed);
  CHECK(adviceFor(List::bounces, cause, {}, change) == Advice::doNot);
}

TEST_CASE("advices and sides are read back by their names") {
  for (const auto advice : kAdvices) CHECK(adviceNamed(name(advice)) == advice);
  for (const auto side : kSides) CHECK(sideNamed(name(side)) == side);
  CHECK_FALSE(adviceNamed("no"));
  CHECK_FALSE(sideNamed(""));
}
