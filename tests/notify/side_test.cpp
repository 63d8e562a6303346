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
      {number(Input::statisticsContradictory), Kind::statistics},
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
  CHECK(side.cause->cause.causeClass == Class::authentication);
  CHECK(side.cause->share == Approx(0.6));
  // Too little of the failures, too mixed, too few for a clear majority, or no reason at all.
  for (const auto& weak : {replies(Class::authentication, 50, 50), replies(Class::authentication, 50, 100),
                           replies(Class::authentication, 56, 100), replies(Class::authentication, 4, 5),
                           replies(Class::unspecified, 90, 100), replies(Class::authentication, 4, 4)}) {
    context.causes = weak;
    CHECK(sideOf(changeOf(failing(101)), context).kind == Kind::receiver);
  }
}

TEST_CASE("replies about single addresses are believed where these, unlike others, never took mail before") {
  Context context;
  context.breakdown = kAtGmail;
  context.causes = replies(Class::noAddress, 95, 100);
  const auto sideWith = [&](EarlierMail earlier) {
    context.causes.earlier = earlier;
    return sideOf(changeOf(failing(101)), context);
  };
  const auto unknown = sideWith({});
  CHECK(unknown.kind == Kind::receiver);
  CHECK(unknown.doubtful);
  CHECK_FALSE(unknown.earlier);

  const auto old = sideWith({{30, 0}, {50, 30}});
  CHECK(old.kind == Kind::cause);
  CHECK(old.cause.value().cause.causeClass == Class::noAddress);
  CHECK_FALSE(old.doubtful);
  CHECK(old.earlier.value().refused == EarlierMail::Addresses{30, 0});

  const auto mistake = sideWith({{30, 27}, {50, 30}});
  CHECK(mistake.kind == Kind::receiver);
  CHECK(mistake.doubtful);
  CHECK(mistake.earlier.value().refused == EarlierMail::Addresses{30, 27});

  // Mail that nobody gets twice in the time that is stored; too few of either; not clearly fewer.
  for (const EarlierMail weak : {EarlierMail{{30, 0}, {50, 2}}, EarlierMail{{19, 0}, {50, 50}},
                                 EarlierMail{{30, 0}, {19, 19}}, EarlierMail{{30, 9}, {50, 30}}}) {
    CHECK(sideWith(weak).doubtful);
    CHECK_FALSE(sideWith(weak).earlier);
  }
}

TEST_CASE("the doubt about single addresses does not come and go with which of two causes is commoner") {
  Context context;
  context.breakdown = kAtGmail;
  for (const auto addresses : {std::size_t{45}, std::size_t{55}}) {
    CAPTURE(addresses);
    context.causes.replies = 100;
    context.causes.counts = {{Class::temporaryLimit, 100 - addresses}, {Class::noAddress, addresses}};
    if (addresses > 50) std::swap(context.causes.counts.front(), context.causes.counts.back());
    const auto side = sideOf(changeOf(failing(101)), context);
    CHECK(side.kind == Kind::receiver);
    CHECK(side.doubtful);
  }
  // A few such replies among many others are as usual.
  context.causes.counts = {{Class::temporaryLimit, 80}, {Class::noAddress, 20}};
  CHECK_FALSE(sideOf(changeOf(failing(101)), context).doubtful);
}

TEST_CASE("a category does not take over that the account's refused addresses are of an old list") {
  const Subject notice{"main", Dimension::category, "notice"};
  Context context;
  context.whole = Whole{kAtGmail, replies(Class::noAddress, 95, 100)};
  context.whole->causes.earlier = {{100, 5}, {50, 30}};
  const auto change = changeOf(failing(60), notice);
  const auto side = sideOf(change, context);
  CHECK(side.kind == Kind::unclear);
  CHECK(side.doubtful);  // so that the list is kept
  CHECK_FALSE(side.cause);
}

TEST_CASE("a receiver is not said to fail where the refused addresses never took mail") {
  Context context;
  BreakdownRow docomo = row("docomo", 90, 92);
  docomo.since = {90, 92};
  docomo.before = rules::BadMail{1, 400};
  context.breakdown = {docomo, row("Gmail", 1, 300)};
  context.causes = replies(Class::noAddress, 50, 90);  // no clear majority
  context.causes.counts.push_back({Class::mailboxFull, 40});
  CHECK(sideOf(changeOf(failing(91)), context).kind == Kind::receiverFails);
  context.causes.earlier = {{50, 0}, {50, 30}};
  const auto side = sideOf(changeOf(failing(91)), context);
  CHECK(side.kind == Kind::receiver);
  CHECK(side.earlier.value().refused == EarlierMail::Addresses{50, 0});
}

TEST_CASE("what addresses took before says nothing where the replies are not about addresses") {
  Context context;
  context.breakdown = kAtGmail;
  context.causes = replies(Class::authentication, 95, 100);
  context.causes.earlier = {{30, 0}, {50, 30}};
  const auto side = sideOf(changeOf(failing(101)), context);
  CHECK(side.cause.value().cause.causeClass == Class::authentication);
  CHECK_FALSE(side.earlier);
}

TEST_CASE("a reply that tells no side names none, whatever its class") {
  Context context;
  context.breakdown = kAtGmail;
  context.causes = replies(Class::authentication, 90, 100);
  CHECK(sideOf(changeOf(failing(101)), context).kind == Kind::cause);
  context.causes.counts[0].verdict = causes::Verdict::unknown;
  CHECK(sideOf(changeOf(failing(101)), context).kind == Kind::receiver);
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

TEST_CASE(
    "replies about single addresses are not believed while nearly all mail fails that arrived until then") {
  struct Row {
    const char* what;
    rules::BadMail since;
    std::optional<rules::BadMail> latest;
    std::optional<rules::BadMail> before;
    Kind kind;
  };
  const rules::BadMail kBefore{2, 300};
  const std::vector<Row> rows = {
      {"nearly all, suddenly", {90, 100}, {}, kBefore, Kind::receiverFails},
      {"half, suddenly", {50, 100}, {}, kBefore, Kind::receiverFails},
      {"nearly all of the latest", {40, 100}, rules::BadMail{38, 40}, kBefore, Kind::receiverFails},
      {"nearly all, as usual", {90, 100}, {}, rules::BadMail{200, 300}, Kind::cause},
      {"a part, which is new at this receiver", {20, 100}, rules::BadMail{9, 50}, kBefore, Kind::receiver},
      {"a part, as usual", {20, 100}, rules::BadMail{9, 50}, rules::BadMail{40, 300}, Kind::cause},
      {"a part as usual, and the latest are few",
       {20, 100},
       rules::BadMail{2, 4},
       rules::BadMail{40, 300},
       Kind::cause},
      {"a part so far, in the first minutes", {20, 100}, {}, kBefore, Kind::receiver},
      {"too few to tell a part from all", {4, 9}, rules::BadMail{2, 5}, kBefore, Kind::receiver},
      {"nearly all, of whose time before too little is known",
       {90, 100},
       {},
       rules::BadMail{0, 9},
       Kind::receiver},
      {"nearly all, of whose time before nothing is known", {90, 100}, {}, {}, Kind::receiver}};
  for (const auto& row : rows)
    for (const auto single :
         {Class::noAddress, Class::badDomain, Class::mailboxFull, Class::mailboxDisabled}) {
      CAPTURE(row.what, causes::name(single));
      Context context;
      context.breakdown = kAtGmail;
      context.breakdown[0].since = row.since;
      context.breakdown[0].latest = row.latest;
      context.breakdown[0].before = row.before;
      context.causes = replies(single, 60, 100);
      context.causes.counts.push_back({Class::temporaryLimit, 40});
      const auto side = sideOf(changeOf(failing(101)), context);
      CHECK(side.kind == row.kind);
      CHECK(side.name == "Gmail");
      CHECK(side.doubtful == (row.kind != Kind::cause));
      // The alert about the receiver itself says the same.
      Context part;
      part.whole = Whole{context.breakdown, context.causes};
      part.causes = context.causes;
      CHECK(sideOf(changeOf(failing(98), {"main", Dimension::domainGroup, "Gmail"}), part).kind == row.kind);
    }
}

TEST_CASE("a sudden failure is the receiver's only if the replies do not blame us and others are as usual") {
  const auto kindOf = [](Causes causes, std::vector<BreakdownRow> rows) {
    rows[0].since = {90, 100};
    rows[0].before = rules::BadMail{1, 300};
    Context context;
    context.breakdown = std::move(rows);
    context.causes = std::move(causes);
    return sideOf(changeOf(failing(101)), context).kind;
  };
  auto mixed = replies(Class::noAddress, 50, 100);
  mixed.counts.push_back({Class::temporaryLimit, 50});
  CHECK(kindOf(mixed, kAtGmail) == Kind::receiverFails);
  mixed.counts[1].causeClass = Class::senderBlocked;
  CHECK(kindOf(mixed, kAtGmail) == Kind::receiver);
  CHECK(kindOf(replies(Class::senderBlocked, 90, 100), kAtGmail) == Kind::cause);
  CHECK(kindOf({}, kAtGmail) == Kind::receiver);
  CHECK(kindOf(replies(Class::noAddress, 90, 100), {row("Gmail", 98, 200), row("docomo", 2, 6)}) ==
        Kind::receiverAlone);
}

TEST_CASE("where nearly all mail fails everywhere, it is ours, whatever single replies say") {
  auto rows = kEverywhere;
  for (auto& one : rows) {
    one.since = {9 * one.failed, 10 * one.failed};
    one.before = rules::BadMail{1, 300};
  }
  Context context;
  context.breakdown = rows;
  context.causes = replies(Class::noAddress, 75, 120);
  const auto side = sideOf(changeOf(failing(120)), context);
  CHECK(side.kind == Kind::ours);
  CHECK(side.doubtful);
  // A fifth of the mail everywhere is an old list.
  context.breakdown = kEverywhere;
  CHECK(sideOf(changeOf(failing(120)), context).kind == Kind::cause);
}

TEST_CASE("an alert about one receiver takes the side of its account for what happens everywhere") {
  const Subject gmail{"main", Dimension::domainGroup, "Gmail"},
      yahoo{"main", Dimension::domainGroup, "Yahoo"};
  const auto of = [](const Subject& subject, std::vector<BreakdownRow> rows, Causes whole, Causes own = {}) {
    Context context;
    context.whole = Whole{std::move(rows), std::move(whole)};
    context.causes = std::move(own);
    return sideOf(changeOf(failing(40), subject), context);
  };
  // Everywhere alike: ours for the account, so ours for each receiver.
  CHECK(of(gmail, kEverywhere, {}).kind == Kind::ours);
  CHECK(of(yahoo, kEverywhere, {}).kind == Kind::ours);
  // With a cause of the whole, it is the same cause for all; the share is the receiver's own, or none.
  const auto all = replies(Class::authentication, 110, 120);
  const auto cause = of(yahoo, kEverywhere, all);
  CHECK(cause.kind == Kind::cause);
  CHECK(cause.cause->cause.causeClass == Class::authentication);
  CHECK(cause.ofWhole);
  const auto own = of(yahoo, kEverywhere, all, replies(Class::authentication, 30, 40));
  CHECK_FALSE(own.ofWhole);
  CHECK(own.cause->share == Approx(0.75));
  CHECK(of(yahoo, kEverywhere, all, replies(Class::noAddress, 40, 40)).ofWhole);
  // At Gmail only: its own replies tell, and Yahoo's few failures are Yahoo's own.
  CHECK(of(gmail, kAtGmail, {}).kind == Kind::receiver);
  CHECK(of(gmail, kAtGmail, {}).name == "Gmail");
  CHECK(of(yahoo, kAtGmail, {}).kind == Kind::receiverAlone);
  CHECK(of(gmail, kAtGmail, all).kind == Kind::receiver);
  CHECK(of(gmail, kAtGmail, all, replies(Class::authentication, 30, 40)).cause->share == Approx(0.75));
  CHECK(of(gmail, {}, {}).kind == Kind::receiverAlone);
}

TEST_CASE("a category takes the side of its account where the trouble is the account's") {
  const auto of = [](std::int64_t bad, std::int64_t total, std::vector<BreakdownRow> rows) {
    Context context;
    context.whole = Whole{std::move(rows), replies(Class::authentication, 100, 110)};
    return sideOf(changeOf(rules::RateEvidence{.mails = {bad, total}, .window = 10min},
                           {"main", Dimension::category, "notice"}),
                  context);
  };
  // The account fails as the category does.
  const auto alike = of(30, 200, kAtGmail);
  CHECK(alike.kind == Kind::cause);
  CHECK(alike.ofWhole);
  // Most of the account's failures are the category's.
  CHECK(of(80, 100, kAtGmail).kind == Kind::cause);
  // The category alone is in trouble, of which the account's replies tell nothing.
  CHECK(of(30, 40, {row("Gmail", 40, 4000), row("docomo", 30, 3000)}).kind == Kind::unclear);
}

TEST_CASE("of a subuser, whose mail is counted apart, no side is told by receivers") {
  const auto change =
      changeOf(rules::RateEvidence{.mails = {30, 40}, .window = 10min}, {"main", Dimension::subuser, "news"});
  CHECK(sideOf(change, {}).kind == Kind::unclear);
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
      part.causes = causes;
      const auto gmail = sideOf(changeOf(failing(40), {"main", Dimension::domainGroup, "Gmail"}), part);
      CHECK(account.kind == gmail.kind);
      if (gatheringOf(rows)) CHECK(account.name == gmail.name);
    }
}

TEST_CASE("a rule that looks for causes takes their side, however few the replies are") {
  const rules::Evidence found = rules::CauseEvidence{
      .replies = 2, .minMails = 1, .window = 24h, .causes = {"auth_failure", "sender_blocked"}};
  Context context;
  context.causes.replies = 9;
  context.causes.counts = {{Class::mailboxFull, 7}, {Class::authentication, 2}};
  const auto side = sideOf(changeOf(found), context);
  REQUIRE(side.kind == Kind::cause);
  CHECK(side.cause->cause.causeClass == Class::authentication);
  CHECK(side.cause->share == Approx(1));

  // Whatever it found is the sender's, also where its replies are not at hand.
  context.causes.counts = {{Class::mailboxFull, 7}};
  CHECK(sideOf(changeOf(found), context).kind == Kind::sender);
  const rules::Evidence mixed = rules::CauseEvidence{
      .replies = 2, .minMails = 1, .window = 24h, .causes = {"auth_failure", "network_system"}};
  CHECK(sideOf(changeOf(mixed), context).kind == Kind::unclear);
}

TEST_CASE("mail that is put off is named with the receiver that does it") {
  Context context;
  context.causes = replies(Class::temporaryLimit, 20, 20);
  context.causes.receiver = "docomo";
  const auto late = changeOf(rules::OverdueEvidence{.overdue = 20, .processed = 100});
  CHECK(sideOf(late, context).name == "docomo");
  CHECK(placeOf(late, context) == "docomo");
  context.heldByProvider = true;
  CHECK(placeOf(late, context).empty());
  // Failures gather by their breakdown.
  context.breakdown = kAtGmail;
  CHECK(placeOf(changeOf(failing(100)), context) == "Gmail");
  context.breakdown = kEverywhere;
  CHECK(placeOf(changeOf(failing(100)), context).empty());
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

TEST_CASE("an API that fails or answers unclearly is SendGrid's where SendGrid has announced a trouble") {
  const auto reading = [](std::optional<Error::Kind> error) {
    rules::ReadingEvidence evidence;
    evidence.error = error;
    return changeOf(evidence);
  };
  Context context;
  CHECK(sideOf(reading(Error::Kind::serverError), context).kind == Kind::api);
  for (const auto unclear : {Error::Kind::malformed, Error::Kind::html, Error::Kind::timedOut})
    CHECK(sideOf(reading(unclear), context).kind == Kind::apiOrNetwork);
  context.statusPage = StatusSaid{"Partial outage", "Elevated API errors", true, 1min};
  for (const auto error : {Error::Kind::serverError, Error::Kind::malformed, Error::Kind::html,
                           Error::Kind::emptyAnswer, Error::Kind::truncated, Error::Kind::timedOut})
    CHECK(sideOf(reading(error), context).kind == Kind::apiSays);
  // What only this side can mend stays on it.
  CHECK(sideOf(reading(Error::Kind::unauthorized), context).kind == Kind::key);
  CHECK(sideOf(reading(Error::Kind::tls), context).kind == Kind::network);
}

TEST_CASE("what the replies say is not overruled by an incident that the provider has announced") {
  Context context;
  context.breakdown = kEverywhere;
  context.causes = replies(Class::authentication, 100, 100);
  context.statusPage = StatusSaid{"Minor outage", "Delayed email statistics", true, 1min};
  CHECK(sideOf(changeOf(failing(120)), context).kind == Kind::cause);
  context.causes = {};
  CHECK(sideOf(changeOf(failing(120)), context).kind == Kind::providerSays);
}

TEST_CASE("whose side it is that nothing can be read follows from the error") {
  using Error = Error::Kind;
  const std::pair<Error, Kind> rows[] = {
      {Error::serverError, Kind::api},       {Error::unauthorized, Kind::key}, {Error::forbidden, Kind::key},
      {Error::unreachable, Kind::network},   {Error::tls, Kind::network},      {Error::diskFull, Kind::host},
      {Error::timedOut, Kind::apiOrNetwork}, {Error::throttled, Kind::limit}};
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

TEST_CASE("that a domain does not exist is believed of a few domains, unless their addresses took mail") {
  Context context;
  context.breakdown = kAtGmail;
  context.breakdown.front().since = {98, 100};
  context.breakdown.front().before = rules::BadMail{1, 300};
  context.causes = replies(Class::badDomain, 98, 98);
  const auto side = [&] { return sideOf(changeOf(failing(101)), context); };
  // Nothing is known of the domains, or they are many: perhaps the look-up of names fails.
  CHECK(side().kind != Kind::cause);
  context.causes.domains = {
      {"a.example", 20}, {"b.example", 20}, {"c.example", 20}, {"d.example", 19}, {"e.example", 19}};
  CHECK(side().kind != Kind::cause);
  CHECK(side().doubtful);

  context.causes.domains = {{"kyu-machi.example.lg.jp", 96}, {"b.example", 2}};
  CHECK(side().kind == Kind::cause);
  CHECK_FALSE(side().doubtful);
  CHECK(side().domains == std::vector<std::string>{"kyu-machi.example.lg.jp"});
  CHECK(side().cause.value().cause.verdict == causes::Verdict::dead);

  context.causes.earlier = {{30, 27}, {50, 30}};
  CHECK(side().kind != Kind::cause);
  CHECK(side().domains.empty());
}
