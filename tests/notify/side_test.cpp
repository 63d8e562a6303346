// Whose side a problem seems to be on: one incident, one side.
#include "notify/side.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using causes::Class;
using delivery::Dimension;
using delivery::Subject;
using Kind = Side::Kind;

namespace {

const Subject kAccount{"main", Dimension::account, ""};

BreakdownRow row(const char* name, std::int64_t failed, std::int64_t outcomes) {
  return {Dimension::domainGroup, name, failed, outcomes};
}

rules::Change changeOf(rules::Evidence evidence, Subject subject = kAccount) {
  rules::Change change;
  change.alert.key = {"r", std::move(subject)};
  change.reason.evidence = std::move(evidence);
  return change;
}

rules::Evidence failing(std::int64_t bad, rules::Input input = rules::Input::deliveryRate) {
  return rules::RateEvidence{.input = input, .mails = {bad, 500}, .window = 10min};
}

Causes replies(Class first, std::size_t of, std::size_t all) {
  Causes causes;
  causes.replies = all;
  causes.counts = {{first, of}};
  return causes;
}

const std::vector<BreakdownRow> kEverywhere{row("Gmail", 40, 200), row("docomo", 60, 300),
                                            row("Yahoo", 20, 100)};
const std::vector<BreakdownRow> kAtGmail{row("Gmail", 98, 200), row("docomo", 2, 300), row("Yahoo", 1, 100)};

}  // namespace

TEST_CASE("what is no matter of receivers is on one side, whatever receivers say") {
  using rules::Input;
  const auto number = [](Input input) { return rules::NumberEvidence{.input = input}; };
  const std::vector<std::pair<rules::Evidence, Kind>> rows = {
      {rules::ReadingEvidence{}, Kind::watch},
      {rules::StreamSilenceEvidence{}, Kind::watch},
      {rules::DifferenceEvidence{}, Kind::watch},
      {rules::SettingsEvidence{}, Kind::watch},
      {number(Input::malformedEvents), Kind::watch},
      {number(Input::dataAge), Kind::watch},
      {rules::SilenceEvidence{}, Kind::application},
      {number(Input::requests), Kind::application},
      {number(Input::creditsLeft), Kind::plan},
      {number(Input::creditsLast), Kind::plan},
      {number(Input::reputation), Kind::reputation},
      {number(Input::reputationFall), Kind::reputation},
      {failing(30, Input::spamReportRate), Kind::complaints},
      {failing(30, Input::dropRate), Kind::recipients},
      {rules::StatusEvidence{"compliance_ban"}, Kind::account},
      {rules::StallEvidence{}, Kind::provider},
  };
  for (const auto& [evidence, kind] : rows) {
    CAPTURE(rules::kindName(evidence), static_cast<int>(kind));
    Context context;
    context.breakdown = kAtGmail;
    CHECK(sideOf(changeOf(evidence), context).kind == kind);
  }
}

TEST_CASE("a leading cause decides before the place does") {
  Context context;
  context.breakdown = kAtGmail;
  CHECK(sideOf(changeOf(failing(101)), context).kind == Kind::receiver);
  context.causes = replies(Class::authentication, 60, 100);
  const auto side = sideOf(changeOf(failing(101)), context);
  CHECK(side.kind == Kind::cause);
  REQUIRE(side.cause);
  CHECK(side.cause->causeClass == Class::authentication);
  CHECK(side.cause->share == Approx(0.6));
  // Too little of the failures, too mixed, or no reason at all.
  for (const auto& weak : {replies(Class::authentication, 50, 50), replies(Class::authentication, 50, 100),
                           replies(Class::unspecified, 90, 100), replies(Class::authentication, 4, 4)}) {
    context.causes = weak;
    CHECK(sideOf(changeOf(failing(101)), context).kind == Kind::receiver);
  }
}

TEST_CASE("an account's failures are a receiver's, ours, or unclear, by where they gather") {
  struct Row {
    const char* what;
    std::vector<BreakdownRow> rows;
    Kind kind;
  };
  const std::vector<Row> rows = {
      {"at one", kAtGmail, Kind::receiver},
      {"at one, and another is not well either",
       {row("Gmail", 98, 200), row("docomo", 30, 100)},
       Kind::receiverAlone},
      {"at the only one", {row("Gmail", 98, 200)}, Kind::receiverAlone},
      {"everywhere alike", kEverywhere, Kind::ours},
      {"at two of three",
       {row("Gmail", 40, 200), row("docomo", 60, 300), row("Yahoo", 0, 300)},
       Kind::unclear},
      {"at two", {row("Gmail", 40, 200), row("docomo", 60, 300)}, Kind::unclear},
      {"few", {row("Gmail", 1, 30), row("docomo", 1, 30), row("Yahoo", 2, 30)}, Kind::unclear},
      {"nothing known", {}, Kind::unclear}};
  for (const auto& [what, breakdown, kind] : rows) {
    CAPTURE(what);
    Context context;
    context.breakdown = breakdown;
    CHECK(sideOf(changeOf(failing(100)), context).kind == kind);
  }
}

TEST_CASE("an alert about one receiver takes the side of its account for the same incident") {
  const Subject gmail{"main", Dimension::domainGroup, "Gmail"},
      yahoo{"main", Dimension::domainGroup, "Yahoo"};
  const auto of = [](const Subject& subject, std::vector<BreakdownRow> rows, Causes causes = {}) {
    Context context;
    context.whole = Whole{std::move(rows), std::move(causes)};
    return sideOf(changeOf(failing(40), subject), context);
  };
  // Everywhere alike: ours for the account, so ours for each receiver.
  CHECK(of(gmail, kEverywhere).kind == Kind::ours);
  CHECK(of(yahoo, kEverywhere).kind == Kind::ours);
  // With a cause of the whole, it is the same cause for all.
  const auto cause = of(yahoo, kEverywhere, replies(Class::authentication, 110, 120));
  CHECK(cause.kind == Kind::cause);
  CHECK(cause.cause->causeClass == Class::authentication);
  // At Gmail only: Gmail's, and Yahoo's few failures are Yahoo's own.
  CHECK(of(gmail, kAtGmail).kind == Kind::receiver);
  CHECK(of(gmail, kAtGmail).name == "Gmail");
  CHECK(of(yahoo, kAtGmail).kind == Kind::receiverAlone);
  CHECK(of(gmail, kAtGmail, replies(Class::authentication, 100, 101)).kind == Kind::cause);
  CHECK(of(gmail, {}).kind == Kind::receiverAlone);
}

TEST_CASE("the account and each of its receivers say the same of one incident") {
  for (const auto& rows : {kEverywhere, kAtGmail})
    for (const auto& causes : {Causes{}, replies(Class::authentication, 100, 110)}) {
      Context whole;
      whole.breakdown = rows;
      whole.causes = causes;
      const auto account = sideOf(changeOf(failing(100)), whole);
      Context part;
      part.whole = Whole{rows, causes};
      const auto gmail = sideOf(changeOf(failing(40), {"main", Dimension::domainGroup, "Gmail"}), part);
      CHECK(account.kind == gmail.kind);
      CHECK(account.name == gmail.name);
    }
}

TEST_CASE("mail that was not tried yet is held by the provider, and a reported incident is the provider's") {
  Context context;
  context.causes = replies(Class::temporaryLimit, 10, 10);
  const auto late = changeOf(rules::OverdueEvidence{.overdue = 10, .processed = 20});
  CHECK(sideOf(late, context).kind == Kind::cause);
  context.heldByProvider = true;
  CHECK(sideOf(late, context).kind == Kind::providerHolds);
  context.statusPage = StatusSaid{"Partial outage", "Delayed mail", true, 1min};
  CHECK(sideOf(late, context).kind == Kind::providerSays);
  CHECK(sideOf(changeOf(rules::ReadingEvidence{}), context).kind == Kind::watch);
}

TEST_CASE("whose side it is that nothing can be read follows from the error") {
  using Error = Error::Kind;
  const std::pair<Error, Kind> rows[] = {{Error::serverError, Kind::api}, {Error::unauthorized, Kind::key},
                                         {Error::forbidden, Kind::key},   {Error::unreachable, Kind::way},
                                         {Error::tls, Kind::way},         {Error::diskFull, Kind::host},
                                         {Error::timedOut, Kind::watch},  {Error::html, Kind::watch}};
  for (const auto& [error, kind] : rows) {
    CAPTURE(name(error));
    rules::ReadingEvidence evidence;
    evidence.error = error;
    CHECK(sideOf(changeOf(evidence), Context{}).kind == kind);
  }
}

TEST_CASE("dropped mail is a matter of the list of recipients, unless SendGrid names our request or plan") {
  Context context;
  const auto dropped = changeOf(failing(100, rules::Input::dropRate));
  context.causes = replies(Class::noAddress, 100, 100);
  CHECK(sideOf(dropped, context).kind == Kind::recipients);
  context.causes = replies(Class::malformed, 100, 100);
  CHECK(sideOf(dropped, context).kind == Kind::cause);
}
