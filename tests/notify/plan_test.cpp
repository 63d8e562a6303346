// Which notification goes to which channel, when several alerts change at once.
#include "notify/plan.hpp"

#include <catch2/catch.hpp>

#include "notify/fake_mail_view.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using rules::Change;
using rules::Severity;
using testing::FakeMailView;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

Change changeOf(const char* rule, Severity severity, Change::Kind kind = Change::Kind::fired) {
  Change change;
  change.id = std::string(rule) + "#1";
  change.kind = kind;
  change.at = kNow;
  change.alert.key = {rule, {"main", delivery::Dimension::account, ""}};
  change.alert.severity = change.alert.notifiedSeverity = severity;
  change.reason.evidence = rules::StallEvidence{.requests = 240, .window = 10min};
  change.reason.worst = change.reason.evidence;
  return change;
}

struct Plan {
  std::vector<rules::Rule> rules;
  PlanSettings settings;

  Plan() {
    Route pager, team;
    pager.minSeverity = Severity::critical;
    pager.channels = {"pager"};
    pager.continueMatching = true;
    team.channels = {"team"};
    settings.routes = {pager, team};
    settings.channels = {{"team", Language::english}, {"pager", Language::japanese}};
  }
  // "team: a#1, pager: a#1"
  std::string text(const std::vector<Change>& changes) {
    settings.rules = rules;
    std::string text;
    for (const auto& one : plan(changes, settings, FakeMailView(), kNow))
      text += (text.empty() ? "" : ", ") + one.channel + ": " + one.change;
    return text;
  }
};

}  // namespace

TEST_CASE("each channel gets what its routes lead to, in its own language") {
  Plan plan;
  CHECK(plan.text({}) == "");
  CHECK(plan.text({changeOf("a", Severity::critical), changeOf("b", Severity::warning)}) ==
        "team: a#1, team: b#1, pager: a#1");
  const std::vector<Change> changes{changeOf("a", Severity::critical)};
  const auto planned = notify::plan(changes, plan.settings, FakeMailView(), kNow);
  CHECK(planned[0].notification.badge == "Critical");
  CHECK(planned[1].notification.badge == "緊急");
}

TEST_CASE("more than three changes at once are one notification a channel") {
  Plan plan;
  std::vector<Change> changes;
  for (const auto* rule : {"a", "b", "c"}) changes.push_back(changeOf(rule, Severity::warning));
  CHECK(plan.text(changes) == "team: a#1, team: b#1, team: c#1");
  changes.push_back(changeOf("d", Severity::critical));
  CHECK(plan.text(changes) == "team: d#1+3, pager: d#1");
}

TEST_CASE("the end of an alert goes where the alert went, by the worst severity of its episode") {
  Plan plan;
  auto resolved = changeOf("a", Severity::critical, Change::Kind::resolved);
  resolved.alert.severity = Severity::warning;
  CHECK(plan.text({resolved}) == "team: a#1, pager: a#1");
}

TEST_CASE("while others of its incident go on, the end of an alert is no recovery, and says what goes on") {
  Plan plan;
  auto resolved = changeOf("stall", Severity::critical, Change::Kind::resolved);
  resolved.reason.why = rules::Reason::Why::recovered;
  plan.settings.incidents = {{"stall#1", 12}};
  plan.settings.goOn = {
      {"stall#1", {{"delivery-rate", {"main", delivery::Dimension::domainGroup, "docomo"}}}}};
  const auto planned = notify::plan(std::vector{resolved}, plan.settings, FakeMailView(), kNow);
  REQUIRE(planned.size() == 2);
  const auto& english = planned[0].notification;
  CHECK(english.tone == Tone::info);
  CHECK(english.badge == "Partly over · #12");
  CHECK(english.title.ends_with("(incident 12 goes on)"));
  CHECK(english.fallback.starts_with("[Partly over · #12] "));
  CHECK(
      english.sentence.ends_with("That is a part of incident 12, which is not over. What goes on: delivery "
                                 "rate of mail to docomo (main)."));
  const auto& japanese = planned[1].notification;
  CHECK(japanese.badge == "一部終了・事案12");
  CHECK(japanese.row.starts_with("[一部終了・事案12] "));
  CHECK(japanese.sentence.find("続いているもの: docomo 宛て(main)の配信率の低下。") != std::string::npos);
  for (const auto& one : planned) {
    CHECK(one.notification.badge.find("Resolved") == std::string::npos);
    CHECK(one.notification.badge.find("回復") == std::string::npos);
  }
}

TEST_CASE("routes see the labels of the rule; where it is gone there are none") {
  Plan plan;
  plan.settings.routes[1].labels = {{"team", "mail"}};
  CHECK(plan.text({changeOf("a", Severity::warning)}) == "");
  plan.rules.resize(1);
  plan.rules[0].name = "a";
  plan.rules[0].labels = {{"team", "mail"}};
  CHECK(plan.text({changeOf("a", Severity::warning)}) == "team: a#1");
}

TEST_CASE("a route to a channel that does not exist leads nowhere") {
  Plan plan;
  plan.settings.channels.pop_back();
  CHECK(plan.text({changeOf("a", Severity::critical)}) == "team: a#1");
}
