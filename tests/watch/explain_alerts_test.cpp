// Why rules fire or do not fire now, why they cannot be judged, and what is remembered of their alerts.
#include "watch/explain_alerts.hpp"

#include "watch/incident_views.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  Fixture() {
    rules::RateThreshold kind;
    kind.windows = {30min};
    kind.critical = rules::BadShare(0.1);
    rules::Rule rate{};
    rate.name = "delivery";
    rate.kind = kind;
    rate.holdFor = 2min;
    rules::Rule silent{};
    silent.name = "unread";
    silent.kind = rules::NothingRead{};
    config.rules = {rate, silent};
  }
  std::string explain(const std::string& rule = "", const std::string& subject = "",
                      const std::string& name = "") {
    const auto explained = explainAlerts(owners(), config, {name, rule, subject, Language::english});
    return explained ? *explained : explained.error().text;
  }
  rules::Alert alertOf(const std::string& rule, rules::AlertState state) {
    rules::Alert alert;
    alert.key = {rule, whole};
    alert.state = state;
    alert.startedAt = alert.beganAt = clock.now() - 30min;
    alert.since = clock.now() - 1min;
    alert.evidence = alert.worst = rules::RateEvidence{.mails = {40, 100}, .threshold = rules::BadShare(0.1)};
    return alert;
  }
  void halfIsLost() {
    for (int minute = 0; minute <= 40; ++minute) {
      delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
      read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
      delivery::SubjectTotals totals{whole, {{read.firstDay, {}}}};
      auto& counts = totals.days[0].counts;
      counts[delivery::Metric::requests] = counts[delivery::Metric::processed] = 20 * minute;
      counts[delivery::Metric::delivered] = counts[delivery::Metric::blocks] = 10 * minute;
      read.totals.push_back(totals);
      REQUIRE(owners().statistics().apply(read));
      clock.advance(1min);
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a verdict comes with its numbers in their units, what holds, and the next step") {
  halfIsLost();
  const auto text = explain("delivery");
  CHECK_THAT(text,
             Catch::Contains("delivery, the whole account \"main\": the condition holds now") &&
                 Catch::Contains("Now: 50.0 % (limit: at least 90.0 %)") &&
                 Catch::Contains("in the last 30 min") && Catch::Contains("    met: mails in the window: ") &&
                 Catch::Contains("(needed: at least 20)") && Catch::Contains("  Whose side: Not clear yet") &&
                 Catch::Contains("  What to do next: "));
  CHECK_THAT(text, !Catch::Contains("unread,"));
}

TEST_CASE_METHOD(Fixture, "what is remembered of the alert stands beside it, with the zone of its times") {
  halfIsLost();
  auto alert = alertOf("delivery", rules::AlertState::pending);
  alert.unknownSince = clock.now();
  alert.mutedBy = "unread@main";
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(explain("delivery"), Catch::Contains("The condition holds since 2026-11-10 03:11 UTC") &&
                                      Catch::Contains("held for 2 min") &&
                                      Catch::Contains("Data is missing since") &&
                                      Catch::Contains("unread@main explains it"));
}

TEST_CASE_METHOD(Fixture, "an alert is told since when it is bad, a pending one since when that was seen") {
  halfIsLost();
  auto alert = alertOf("delivery", rules::AlertState::firing);
  alert.beganAt = clock.now() - 50min;
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(explain("delivery"), Catch::Contains("Alert (warning) since 2026-11-10 02:51 UTC, for 50 min"));
  alert.state = rules::AlertState::pending;
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(explain("delivery"), Catch::Contains("The condition holds since 2026-11-10 03:11 UTC"));
  alert.state = rules::AlertState::firing;
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  clock.advance(7min);
  CHECK_THAT(explain("delivery"), Catch::Contains("since 2026-11-10 02:51 UTC, for 57 min"));
}

TEST_CASE_METHOD(Fixture, "a rule that still learns what is usual says by when it will know") {
  rules::Rule drift{};
  drift.name = "drift";
  drift.kind = rules::SlowDrift{};
  config.rules.push_back(drift);
  halfIsLost();
  CHECK_THAT(explain("drift"), Catch::Contains("What is usual should be known by 2026-11-"));
}

TEST_CASE_METHOD(Fixture,
                 "an alert that has ended is told with its times and its worst, also without its rule") {
  auto over = alertOf("delivery", rules::AlertState::resolved);
  over.resolvedAt = clock.now() - 5min;
  auto forgotten = over;
  forgotten.key.rule = "former";
  REQUIRE(owners().alerts().put({{over, forgotten}, {}}, {}));
  const auto text = explain();
  CHECK_THAT(text,
             Catch::Contains("Last alert (warning): from 2026-11-10 02:30 UTC to 2026-11-10 02:55 UTC, for "
                             "25 min. At its worst: 60.0 % (limit: at least 90.0 %)"));
  CHECK_THAT(text, Catch::Contains("former, the whole account \"main\": no longer judged"));
  CHECK_THAT(explain("", "", "former"), Catch::Contains("no longer judged") && !Catch::Contains("unread,"));
}

TEST_CASE_METHOD(Fixture, "what cannot be judged for want of a metric names the metric") {
  for (int minute = 0; minute < 40; ++minute) {
    statisticsSay(100 + 10 * minute, 100 + 10 * minute);
    clock.advance(1min);
  }
  CHECK_THAT(explain("delivery"), !Catch::Contains("cannot be judged"));
  statisticsSay(500, static_cast<int>(delivery::kLacking));
  CHECK_THAT(explain("delivery"), Catch::Contains("cannot be judged. ") && Catch::Contains("lack delivered"));
}

TEST_CASE_METHOD(Fixture, "what cannot be judged says why, and shows no numbers that mean nothing") {
  CHECK_THAT(explain("delivery"), Catch::Contains("Nothing has been read of it yet"));
  statisticsSay(10, 10);
  CHECK_THAT(explain("delivery"), Catch::Contains("cannot be judged. ") && !Catch::Contains("0 of 0"));
  clock.advance(1min);
  statisticsSay(20, 20);
  CHECK_THAT(explain("delivery"),
             Catch::Contains("a window of 30 min is covered from 2026-11-10 03:30 UTC on"));
  owners().jobs().added({"main", "statistics"}, 1min, Party::provider);
  CHECK_THAT(explain("delivery"), Catch::Contains("statistics: not read yet since the start"));
  owners().jobs().failed({"main", "statistics"},
                         Error::of(Error::Kind::serverError, verbatim("503"), Party::provider), 1s);
  CHECK_THAT(explain("delivery"), Catch::Contains("SendGrid: 503") && Catch::Contains("never so far"));
}

TEST_CASE_METHOD(Fixture,
                 "without a name every rule is explained, what is wrong first; a subject narrows it") {
  halfIsLost();
  const auto subject = delivery::toText(whole);
  CHECK_THAT(explain(), Catch::Contains("delivery,") && Catch::Contains("unread,"));
  CHECK(explain().find("delivery,") < explain().find("unread,"));
  CHECK_THAT(explain("", subject), Catch::Contains("delivery,"));
  CHECK_THAT(explain("delivery", "main/category/x"),
             Catch::Contains("Nothing is called \"main/category/x\""));
}

TEST_CASE_METHOD(Fixture, "of what was never read nothing is said to be well") {
  config.accounts[0].events.emplace();
  rules::Rule quiet{}, suspended{};
  quiet.name = "stream-silent";
  quiet.kind = rules::StreamSilent{};
  suspended.name = "account-suspended";
  suspended.kind = rules::AccountSuspended{};
  config.rules = {quiet, suspended};
  owners().retain(config);
  const auto text = explain();
  CHECK_THAT(text,
             Catch::Contains("stream-silent, the whole account \"main\": cannot be judged. No events have "
                             "come yet.") &&
                 Catch::Contains("account-suspended, the whole account \"main\": cannot be judged. No "
                                 "events have come yet.") &&
                 !Catch::Contains("all is well"));
}

TEST_CASE_METHOD(Fixture, "an open incident is named of its account, its receiver and its category alike") {
  statisticsSay(10, 10);
  auto followed = owners().incidents().followed();
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root = {.categories = {"notice"}, .receivers = {"docomo"}};
  incident.began = incident.openedAt = clock.now() - 20min;
  incident.numbers = {40, 38, 0.2};
  REQUIRE(owners().alerts().put({}, followed, {}));
  const auto* said = "Incident #12 goes on since 2026-11-10 02:40 UTC: ";
  for (const auto* name : {"", "main", "docomo", "NTT Docomo", "docomo.ne.jp", "notice", "delivery"}) {
    CAPTURE(name);
    const bool byRule = std::string_view(name) == "delivery";
    const bool isNamed = explain("", "", name).starts_with(said);
    CHECK(isNamed == !byRule);
  }
  followed.incidents[0].state = incidents::State::resolved;
  REQUIRE(owners().alerts().put({}, followed, {}));
  CHECK(explain().find("#12") == std::string::npos);
}

TEST_CASE_METHOD(Fixture,
                 "an alert that recovers says what it was, what it is, and how long that has to last") {
  halfIsLost();
  auto alert = alertOf("delivery", rules::AlertState::recovering);
  std::get<rules::RateEvidence>(alert.evidence).mails = {0, 100};
  REQUIRE(owners().alerts().put({{alert}, {}}, {}));
  CHECK_THAT(
      explain("delivery"),
      Catch::Contains("At its worst it was 60.0 %, now it is 100 %. Its recovery is watched: if it lasts "
                      "until 2026-11-10 03:45 UTC, it counts as over."));
}

TEST_CASE_METHOD(
    Fixture, "an alert of an incident has the incident's side and step, and says since when that goes on") {
  halfIsLost();
  const auto alert = alertOf("delivery", rules::AlertState::firing);
  auto followed = owners().incidents().followed();
  auto& incident = followed.incidents.emplace_back();
  incident.number = followed.lastNumber = 12;
  incident.account = "main";
  incident.root = {.receivers = {"docomo"}, .kinds = {incidents::Kind::mailboxFull}};
  incident.began = incident.openedAt = clock.now() - 20min;
  incident.numbers = {100, 60, 0.2};
  incident.members = {alert.key};
  incident.notified.emplace();
  REQUIRE(owners().alerts().put({{alert}, {}}, followed, {}));
  const auto row = IncidentViews(owners(), config, Language::english).rows().at(0);
  REQUIRE_FALSE(row.side.empty());
  CHECK_THAT(explain("delivery"), Catch::Contains("incident #12 (since 2026-11-10 ") &&
                                      Catch::Contains(": " + row.side + "\n") &&
                                      Catch::Contains(": " + row.next + "\n"));
}

TEST_CASE_METHOD(Fixture, "a receiver is known by name before the first mail to it") {
  for (const auto* name : {"docomo", "ドコモ", "docomo.ne.jp"}) {
    CAPTURE(name);
    CHECK_THAT(explain("", "", name), Catch::Contains("there is no mail yet that a rule could judge"));
  }
  CHECK_THAT(explain("", "", "nobody"), Catch::Contains("Nothing is called \"nobody\""));
}

TEST_CASE_METHOD(Fixture, "a name that no rule has is answered with those there are") {
  halfIsLost();
  CHECK_THAT(explain("delivry"), Catch::Contains("\"delivry\"") && Catch::Contains("delivery, unread"));
  CHECK(explainAlerts(owners(), config, {"", "delivry", "", {}}).error().kind == Error::Kind::notFound);
  config.rules.clear();
  CHECK_THAT(explain(), Catch::Contains("no rules"));
}
