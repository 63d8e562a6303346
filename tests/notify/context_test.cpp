// Which breakdown, causes, loss and trend a notification carries.
#include "notify/context.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "notify/fake_mail_view.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using testing::FakeMailView;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

rules::Change changeOf(Subject subject, rules::Evidence evidence) {
  rules::Change change;
  change.alert.key = {"r", std::move(subject)};
  change.reason.evidence = std::move(evidence);
  return change;
}

Context around(const rules::Change& change, const FakeMailView& mail, const rules::Rule* rule = nullptr,
               const Links& links = {}) {
  return contextOf(change, rule, links, TimeZone{}, mail, kNow);
}

Counts outcomes(std::int64_t delivered, std::int64_t bounced) {
  Counts counts;
  counts[Metric::delivered] = delivered;
  counts[Metric::bounces] = bounced;
  return counts;
}

rules::Evidence rate(Duration window) { return rules::RateEvidence{.window = window}; }

}  // namespace

TEST_CASE("what a notification shows depends on its subject, its window and whether the stream lives") {
  struct Row {
    const char* what;
    Dimension dimension;
    rules::Evidence evidence;
    bool alive;
    const char* breakdown;
    const char* causes;
    bool loss;
  };
  const auto row = GENERATE(values<Row>({
      {"an account by statistics", Dimension::account, rate(10min), false, "mailbox_provider 10m",
       "lists failed all 1h", false},
      {"a long window", Dimension::account, rate(6h), false, "mailbox_provider 6h", "lists failed all 6h",
       false},
      {"an account by its stream", Dimension::account, rate(10min), true, "domain_group 10m",
       "stream failed all 10m", true},
      {"late mail", Dimension::account, rules::OverdueEvidence{.window = 15min}, true, "",
       "stream deferred all 15m", false},
      {"a stopped account, of which no reply tells anything", Dimension::account,
       rules::StatusEvidence{"compliance_ban"}, true, "", "", false},
      {"a domain group, with the account that it is a part of", Dimension::domainGroup, rate(10min), true,
       "domain_group 10m", "stream failed x 10m", false},
      {"a mailbox provider, likewise", Dimension::mailboxProvider, rate(10min), false, "mailbox_provider 10m",
       "lists failed x 1h", false},
      {"a subuser, whose mail is not its account's", Dimension::subuser, rate(10min), true, "", "", false},
      {"drift of a subuser, likewise", Dimension::subuser, rules::DriftEvidence{.window = 72h}, false, "", "",
       false},
      {"a category, of which only the account tells anything", Dimension::category, rate(10min), false,
       "mailbox_provider 10m", "lists failed all 1h", false},
      {"dropped mail of a category, which the account's replies do not explain", Dimension::category,
       rules::RateEvidence{.input = rules::Input::dropRate, .window = 10min}, true, "", "", false},
  }));
  CAPTURE(row.what);
  FakeMailView mail;
  mail.alive = row.alive;
  const Subject subject{"main", row.dimension, row.dimension == Dimension::account ? "" : "x"};
  const auto context = around(changeOf(subject, row.evidence), mail);
  CHECK(mail.askedBreakdown == row.breakdown);
  CHECK(mail.askedCauses == row.causes);
  CHECK(mail.askedFailed == row.loss);
  const bool known = row.dimension != Dimension::category && row.dimension != Dimension::subuser;
  CHECK(context.causes.replies == (known && *row.causes ? 7U : 0U));
  const bool part = row.dimension != Dimension::account && *row.breakdown;
  CHECK(context.whole.has_value() == part);
  // The breakdown of the whole decides whose side it is on; it is not shown with a part.
  if (part) CHECK(context.breakdown.empty());
}

TEST_CASE("the replies are those of the very mail that made the rule fire") {
  using rules::Input;
  struct Row {
    const char* what;
    rules::Evidence evidence;
    const char* replies;      // of the stream; empty: none explains it
    const char* listReplies;  // of the lists
  };
  const auto rateOf = [](Input input) { return rules::RateEvidence{.input = input, .window = 1h}; };
  const auto number = [](Input input) { return rules::NumberEvidence{.input = input, .window = 1h}; };
  const std::vector<Row> rows = {
      {"failures", rateOf(Input::deliveryRate), "failed", "failed"},
      {"bounces", rateOf(Input::bounceRate), "bounced", "bounced"},
      {"blocks", rateOf(Input::blockRate), "blocked", "blocked"},
      {"first block", rules::FirstBlockEvidence{.window = 1h}, "blocked", "blocked"},
      {"drops", rateOf(Input::dropRate), "dropped", ""},
      {"number of drops", number(Input::drops), "dropped", ""},
      {"deferrals, which are no failures", number(Input::deferrals), "deferred", ""},
      {"slow delivery", number(Input::latencyP95), "deferred", ""},
      {"late mail", rules::OverdueEvidence{.window = 1h}, "deferred", ""},
      {"growing lists", number(Input::blocksListGrowth), "blocked", "blocked"},
      {"drift of a rate", rules::DriftEvidence{.input = Input::blockRate, .window = 1h}, "blocked",
       "blocked"},
      {"spam reports, which no receiver's reply explains", rateOf(Input::spamReportRate), "", ""},
      {"credits", number(Input::creditsLeft), "", ""},
      {"reputation", number(Input::reputationFall), "", ""},
      {"unreadable events", number(Input::malformedEvents), "", ""},
      {"a stall, in which nothing is answered", rules::StallEvidence{.window = 1h}, "", ""},
      {"unreadable statistics", rules::ReadingEvidence{}, "", ""},
      {"a silent stream", rules::StreamSilenceEvidence{.limit = 1h}, "", ""},
  };
  for (const auto& row : rows)
    for (const bool alive : {true, false}) {
      CAPTURE(row.what, alive);
      FakeMailView mail;
      mail.alive = alive;
      around(changeOf({"main", Dimension::account, ""}, row.evidence), mail);
      const std::string replies = alive ? row.replies : row.listReplies;
      CHECK(mail.askedCauses ==
            (replies.empty() ? "" : fmt::format("{} {} all 1h", alive ? "stream" : "lists", replies)));
    }
  // A rule about causes fired by those causes alone, put-off mail included.
  FakeMailView mail;
  mail.alive = true;
  rules::Rule rule;
  rule.kind = rules::CauseSeen{.causes = {"auth_failure"}};
  around(changeOf({"main", Dimension::account, ""}, rules::CauseEvidence{.window = 1h}), mail, &rule);
  CHECK(mail.askedCauses == "stream answered all 1h auth_failure");
}

TEST_CASE("drops are broken down as drops, and their trend is the drop rate") {
  FakeMailView mail;
  Counts counts;
  counts[Metric::requests] = 100;
  counts[Metric::drops] = 30;
  counts[Metric::delivered] = 70;
  mail.rows = {{{"main", Dimension::mailboxProvider, "Gmail"}, counts}};
  mail.known = 7h;
  mail.shown = {counts};
  const auto context = around(changeOf({"main", Dimension::account, ""},
                                       rules::RateEvidence{.input = rules::Input::dropRate, .window = 1h}),
                              mail);
  CHECK(context.breakdown == std::vector<BreakdownRow>{{Dimension::mailboxProvider, "Gmail", 30, 100}});
  CHECK(context.trend == std::vector<std::optional<double>>{0.3});
}

TEST_CASE("the breakdown leaves out parts without an outcome") {
  FakeMailView mail;
  mail.rows = {{{"main", Dimension::mailboxProvider, "Gmail"}, outcomes(90, 10)},
               {{"main", Dimension::mailboxProvider, "Yahoo"}, {}}};
  const auto context = around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail);
  CHECK(context.breakdown == std::vector<BreakdownRow>{{Dimension::mailboxProvider, "Gmail", 10, 100}});
}

TEST_CASE("other receivers are as usual unless one of them fails for more than one mail in twenty") {
  struct Row {
    std::int64_t delivered, bounced;
    bool normal;
  };
  const auto row = GENERATE(values<Row>({{100, 0, true}, {95, 5, true}, {94, 6, false}, {0, 3, true}}));
  FakeMailView mail;
  mail.alive = true;
  mail.failed.assign(10, {kNow - 1min, "gmail", "550 5.7.26"});
  mail.rows = {{{"main", Dimension::domainGroup, "gmail"}, outcomes(0, 50)},
               {{"main", Dimension::domainGroup, "docomo"}, outcomes(row.delivered, row.bounced)}};
  const auto context = around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail);
  CAPTURE(row.delivered, row.bounced);
  REQUIRE(context.loss);
  CHECK(context.loss->othersNormal == row.normal);
}

TEST_CASE("late mail is held by the provider while most of it has not been tried") {
  FakeMailView mail;
  const auto held = [&] {
    return around(changeOf({"main", Dimension::account, ""}, rules::OverdueEvidence{}), mail).heldByProvider;
  };
  CHECK_FALSE(held());
  mail.late = rules::StreamFacts::Waiting{20, 100, 49, 1h, {}};
  CHECK(held());
  mail.late->deferred = 50;
  CHECK_FALSE(held());
}

TEST_CASE("of the status page's incidents the first that concerns mail is named") {
  FakeMailView mail;
  const auto incident = [&] {
    return around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail).statusPage->incident;
  };
  mail.status = StatusReport{"Partial outage", {}, true, 2min};
  CHECK(incident().empty());
  mail.status->incidents = {{"Marketing", false}, {"Delayed mail", true}, {"API", true}};
  CHECK(incident() == "Delayed mail");
  mail.status->incidents.resize(1);
  CHECK(incident() == "Marketing");
}

TEST_CASE("a trend has buckets as long as the subject is known, and no rate where no mail had an outcome") {
  CHECK(trendBucket(0min) == 5min);
  CHECK(trendBucket(6h) == 15min);
  CHECK(trendBucket(24h) == 1h);
  FakeMailView mail;
  const auto change = changeOf({"main", Dimension::account, ""}, rate(10min));
  CHECK(around(change, mail).trend.empty());
  mail.known = 7h;
  Counts requested;
  requested[Metric::requests] = 5;
  mail.shown = {std::nullopt, requested, outcomes(3, 1)};
  const auto context = around(change, mail);
  CHECK(context.bucket == 15min);
  CHECK(context.trend == std::vector<std::optional<double>>{std::nullopt, std::nullopt, 0.75});
  const auto stalled = changeOf({"main", Dimension::account, ""}, rules::StallEvidence{});
  CHECK(around(stalled, mail).trend == std::vector<std::optional<double>>{std::nullopt, 5, 0});
}

TEST_CASE("an hour of few mails does not set the scale of a trend") {
  FakeMailView mail;
  mail.known = 48h;
  mail.shown = {outcomes(97, 3), outcomes(0, 2), outcomes(3, 2), outcomes(60, 40)};
  const auto context = around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail);
  CHECK(context.trend == std::vector<std::optional<double>>{0.97, std::nullopt, 0.6, 0.6});
}

TEST_CASE("a rule's own runbook goes before the common one") {
  FakeMailView mail;
  rules::Rule rule;
  rule.name = "stall";
  Links links;
  const auto runbook = [&](const rules::Rule* of) {
    return around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail, of, links).runbook;
  };
  CHECK(runbook(&rule).empty());
  links.runbooks = "https://wiki.example.jp";
  CHECK(runbook(&rule) == "https://wiki.example.jp/stall");
  rule.runbook = "https://own.example.jp";
  CHECK(runbook(&rule) == "https://own.example.jp");
  CHECK(runbook(nullptr).empty());
}

TEST_CASE("of each receiver it is known what became of its mail since the trouble began, and before") {
  FakeMailView mail;
  mail.alive = true;
  mail.rows = {{{"main", Dimension::domainGroup, "docomo"}, outcomes(10, 90)}};
  mail.earlier = outcomes(298, 2);
  auto change = changeOf({"main", Dimension::account, ""}, rate(10min));
  // Not where the beginning is not known.
  CHECK_FALSE(around(change, mail).breakdown.at(0).before);
  struct Row {
    Duration ago;
    const char* asked;  // last
    bool latest;
  };
  for (const auto& [ago, asked, latest] : {Row{40min, "domain_group 20m", true},
                                           {1min, "domain_group 5m", false},
                                           {9min, "domain_group 9m", false},
                                           {72h, "domain_group 12h", true}}) {
    change.reason.since = kNow - ago;
    const auto row = around(change, mail).breakdown.at(0);
    CHECK(mail.askedBreakdown == asked);
    CHECK(row.since == rules::BadMail{90, 100});
    CHECK(row.latest.has_value() == latest);
    CHECK(row.before == rules::BadMail{2, 300});
  }
  mail.earlier.reset();
  CHECK_FALSE(around(change, mail).breakdown.at(0).before);
}
