// What of DMARC reports fires, as a table of days.
#include <catch2/catch.hpp>

#include "rules/defaults.hpp"
#include "rules/evaluate.hpp"
#include "rules/fake_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-09-25T03:00:00Z").value();
const delivery::Subject kDomain{"main", delivery::Dimension::sendingDomain, "example.jp"};

/// A day as any other: one own source, 4,000 mails.
DmarcSigns usualDay() {
  DmarcSigns signs;
  signs.day = "2026-09-22";
  signs.days = 27;
  signs.own = {{"SendGrid", 4, 4000, 0.001}};
  signs.ownMessages = 4000;
  signs.spoofed = 30;
  signs.usualSpoofed = 25;
  signs.policy = "none";
  signs.quiet = 3h;
  signs.usualGap = 24h;
  signs.reporters = {{"google.com", 5h, 24h}, {"Yahoo", 20h, 24h}};
  return signs;
}

Rule ruleOf(DmarcSign sign) {
  for (auto& rule : dmarcDefaults())
    if (std::get<Dmarc>(rule.kind).sign == sign) return rule;
  FAIL("no rule");
  return {};
}

Evaluation judged(DmarcSign sign, const std::optional<DmarcSigns>& signs) {
  FakeFacts facts;
  facts.signs = signs;
  return explain(ruleOf(sign), kDomain, facts, kNow);
}

const DmarcEvidence& seen(const Evaluation& evaluation) {
  return std::get<DmarcEvidence>(evaluation.evidence);
}

}  // namespace

TEST_CASE("a usual day fires no rule about reports, and before the first report nothing is known") {
  for (const auto& rule : dmarcDefaults()) {
    CAPTURE(rule.name);
    const auto sign = std::get<Dmarc>(rule.kind).sign;
    CHECK(judged(sign, usualDay()).outcome == Outcome::good);
    CHECK(judged(sign, std::nullopt).outcome == Outcome::unknown);
  }
  for (const auto sign : {DmarcSign::ownMail, DmarcSign::ownMailRefused, DmarcSign::newSource,
                          DmarcSign::spoofing, DmarcSign::reportsStopped, DmarcSign::policyChanged}) {
    CAPTURE(name(sign));
    CHECK(judged(sign, DmarcSigns{}).outcome == Outcome::unknown);
  }
}

TEST_CASE("own mail fires by its source, beyond chance and beyond what is usual") {
  struct Row {
    const char* what;
    DmarcSigns::Source source;
    Outcome expected;
  };
  const std::vector<Row> rows = {{"a key is gone", {"SendGrid", 4000, 4000, 0.001}, Outcome::bad},
                                 {"a part fails", {"SendGrid", 120, 4000, 0.001}, Outcome::bad},
                                 {"19 mails are too few", {"office", 19, 19, 0.0}, Outcome::good},
                                 {"20 of 20 are enough", {"office", 20, 20, 0.0}, Outcome::bad},
                                 {"chance", {"SendGrid", 22, 4000, 0.005}, Outcome::good},
                                 {"it always was so", {"old printer", 300, 1000, 0.3}, Outcome::good},
                                 {"more than always", {"old printer", 600, 1000, 0.3}, Outcome::bad},
                                 {"half of it is never usual", {"old printer", 950, 1000, 0.9}, Outcome::bad},
                                 {"a new source fails a little", {"new", 20, 2000, {}}, Outcome::good},
                                 {"a new source fails wholly", {"new", 200, 200, {}}, Outcome::bad}};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto day = usualDay();
    day.own = {row.source};
    CHECK(judged(DmarcSign::ownMail, day).outcome == row.expected);
  }
}

TEST_CASE("of several own sources the worst is named, and forged mail changes nothing") {
  auto day = usualDay();
  day.own = {{"SendGrid", 4, 400'000, 0.001}, {"office", 30, 40, 0.0}, {"shop", 300, 400, 0.0}};
  day.spoofed = 1'000'000;
  const auto evaluation = judged(DmarcSign::ownMail, day);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(evaluation.severity == Severity::warning);
  CHECK(seen(evaluation).source == "shop");
  CHECK(seen(evaluation).mails == 300);
  CHECK(seen(evaluation).total == 400);
  CHECK(seen(evaluation).others == 1);
}

TEST_CASE("own mail that receivers turn away is critical") {
  auto day = usualDay();
  day.ownRefused = 60;
  const auto evaluation = judged(DmarcSign::ownMailRefused, day);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(evaluation.severity == Severity::critical);
  day.ownRefused = 19;
  CHECK(judged(DmarcSign::ownMailRefused, day).outcome == Outcome::good);
}

TEST_CASE("a new source fires once it sends much: a warning if it passes, for the record if it fails") {
  auto day = usualDay();
  day.unseen = {{"198.51.100.0/24", 19, 19, {}}};
  CHECK(judged(DmarcSign::newSource, day).outcome == Outcome::good);
  day.unseen.push_back({"203.0.113.0/24", 500, 500, {}});
  const auto failing = judged(DmarcSign::newSource, day);
  CHECK(failing.outcome == Outcome::bad);
  CHECK(failing.severity == Severity::info);
  CHECK_FALSE(seen(failing).passes);
  // One that passes is told of, however small it is beside forgers.
  day.unseen.push_back({"Mailgun", 2, 40, {}});
  const auto passing = judged(DmarcSign::newSource, day);
  CHECK(passing.severity == Severity::warning);
  CHECK(seen(passing).source == "Mailgun");
  CHECK(seen(passing).passes);
  CHECK(seen(passing).others == 1);
  // In the first week everything is new.
  day.days = 6;
  CHECK(judged(DmarcSign::newSource, day).outcome == Outcome::unknown);
}

TEST_CASE("forged mail fires from a thousand and ten times the usual on, for the record") {
  auto day = usualDay();
  day.spoofed = 999;
  CHECK(judged(DmarcSign::spoofing, day).outcome == Outcome::good);
  day.spoofed = 1000;
  CHECK(judged(DmarcSign::spoofing, day).outcome == Outcome::bad);
  CHECK(judged(DmarcSign::spoofing, day).severity == Severity::info);
  day.usualSpoofed = 200;
  CHECK(judged(DmarcSign::spoofing, day).outcome == Outcome::good);
}

TEST_CASE("reports stop after two days, or three times as long as they usually take") {
  auto day = usualDay();
  day.quiet = 47h;
  CHECK(judged(DmarcSign::reportsStopped, day).outcome == Outcome::good);
  day.quiet = 72h;
  CHECK(judged(DmarcSign::reportsStopped, day).outcome == Outcome::bad);
  day.usualGap = 7 * 24h;
  CHECK(judged(DmarcSign::reportsStopped, day).outcome == Outcome::good);
}

TEST_CASE("one reporter is silent, while others report") {
  auto day = usualDay();
  day.reporters[1].quiet = 75h;
  const auto evaluation = judged(DmarcSign::reporterSilent, day);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(seen(evaluation).source == "Yahoo");
  // If none reports, the intake is what is wrong.
  day.quiet = day.reporters[0].quiet = 75h;
  CHECK(judged(DmarcSign::reporterSilent, day).outcome == Outcome::between);
}

TEST_CASE("another policy is told of for some days") {
  auto day = usualDay();
  day.policyChange = DmarcSigns::Change{"reject", "2026-09-20", kNow - 3 * 24h};
  const auto evaluation = judged(DmarcSign::policyChanged, day);
  CHECK(evaluation.outcome == Outcome::bad);
  CHECK(seen(evaluation).source == "none");
  CHECK(seen(evaluation).before == "reject");
  day.policyChange->at = kNow - 6 * 24h;
  CHECK(judged(DmarcSign::policyChanged, day).outcome == Outcome::good);
}

TEST_CASE("inputs that cannot be read fire from three a day on") {
  auto day = usualDay();
  day.unreadable = 2;
  CHECK(judged(DmarcSign::unreadable, day).outcome == Outcome::good);
  day.unreadable = 3;
  CHECK(judged(DmarcSign::unreadable, day).outcome == Outcome::bad);
}
