// Which breakdown, causes, loss and trend a notification carries.
#include "notify/context.hpp"

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
    const char* loss;
  };
  const auto row = GENERATE(values<Row>({
      {"an account by statistics", Dimension::account, rate(10min), false, "mailbox_provider 10m",
       "lists all 1h", ""},
      {"a long window", Dimension::account, rate(6h), false, "mailbox_provider 6h", "lists all 6h", ""},
      {"an account by its stream", Dimension::account, rate(10min), true, "domain_group 10m",
       "failed all 10m", "10m"},
      {"late mail", Dimension::account, rules::OverdueEvidence{.window = 15min}, true, "domain_group 15m",
       "deferred all 15m", ""},
      {"a kind without a window", Dimension::account, rules::StatusEvidence{"compliance_ban"}, true,
       "domain_group 1h", "failed all 1h", "1h"},
      {"a domain group", Dimension::domainGroup, rate(10min), true, "", "failed x 10m", ""},
      {"a mailbox provider", Dimension::mailboxProvider, rate(10min), false, "", "lists x 1h", ""},
      {"a subuser, of whom lists and stream know nothing", Dimension::subuser, rate(10min), true,
       "mailbox_provider 10m", "", ""},
      {"a category", Dimension::category, rate(10min), true, "", "", ""},
  }));
  CAPTURE(row.what);
  FakeMailView mail;
  mail.alive = row.alive;
  const Subject subject{"main", row.dimension, row.dimension == Dimension::account ? "" : "x"};
  const auto context = around(changeOf(subject, row.evidence), mail);
  CHECK(mail.askedBreakdown == row.breakdown);
  CHECK(mail.askedCauses == row.causes);
  CHECK(mail.askedLoss == row.loss);
  CHECK(context.causes.replies == (*row.causes ? 7U : 0U));
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
  mail.loss = Loss{0.9, "550 5.7.26", "gmail", kNow, false};
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
  CHECK(around(change, mail).delivery.empty());
  mail.known = 7h;
  Counts requested;
  requested[Metric::requests] = 5;
  mail.shown = {std::nullopt, requested, outcomes(3, 1)};
  const auto context = around(change, mail);
  CHECK(context.bucket == 15min);
  CHECK(context.delivery == std::vector<std::optional<double>>{std::nullopt, std::nullopt, 0.75});
  CHECK(context.requests == std::vector<std::optional<double>>{std::nullopt, 5, 0});
}

TEST_CASE("a bucket with hardly any mail does not set the scale of a trend") {
  FakeMailView mail;
  mail.known = 7h;
  mail.shown = {outcomes(1, 1), outcomes(380, 20), outcomes(19, 1)};
  const auto context = around(changeOf({"main", Dimension::account, ""}, rate(10min)), mail);
  CHECK(context.delivery == std::vector<std::optional<double>>{std::nullopt, 0.95, 0.95});
}

TEST_CASE("an alert on drops shows what was dropped, not what failed") {
  FakeMailView mail;
  mail.known = 7h;
  Counts dropped = outcomes(60, 0);
  dropped[Metric::requests] = 100;
  dropped[Metric::bounceDrops] = 40;
  mail.shown = {dropped};
  mail.rows = {{{"main", Dimension::mailboxProvider, "Gmail"}, dropped}};
  const rules::Evidence evidence = rules::RateEvidence{.input = rules::Input::dropRate, .window = 1h};
  const auto context = around(changeOf({"main", Dimension::account, ""}, evidence), mail);
  CHECK(context.drops == std::vector<std::optional<double>>{0.4});
  CHECK(context.breakdown == std::vector<BreakdownRow>{{Dimension::mailboxProvider, "Gmail", 40, 100}});
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
