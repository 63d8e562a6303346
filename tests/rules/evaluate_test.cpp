// How alerts begin, go on, are told and end: evaluate() over simulated minutes.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "rules/evaluate.hpp"
#include "rules/fake_facts.hpp"

using namespace arrivald;
using namespace arrivald::rules;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

std::string_view name(Reason::Why why) {
  switch (why) {
    case Reason::Why::condition:
      return "condition";
    case Reason::Why::unmuted:
      return "unmuted";
    case Reason::Why::severity:
      return "severity";
    case Reason::Why::step:
      return "step";
    case Reason::Why::stillFiring:
      return "still_firing";
    case Reason::Why::recovered:
      return "recovered";
    case Reason::Why::tooLittleMail:
      return "too_little_mail";
    case Reason::Why::ruleRemoved:
      return "rule_removed";
    case Reason::Why::subjectRemoved:
      return "subject_removed";
    case Reason::Why::changesOften:
      return "changes_often";
    case Reason::Why::steady:
      return "steady";
    case Reason::Why::cameLate:
      return "came_late";
  }
  return "condition";
}

// A plain gauge, list growth, stands for any condition: above 10 is a warning, above 100 critical; below 5 is
// good.
Rule gauge(std::string name = "gauge") {
  Rule rule;
  rule.name = std::move(name);
  rule.kind = Threshold{.input = Input::bouncesListGrowth, .warning = 10, .critical = 100, .recovery = 5};
  rule.keepFiringFor = 5min;
  return rule;
}

RateThreshold rateBelow(Duration window, std::optional<double> critical) {
  RateThreshold kind;
  kind.windows = {window};
  kind.warning = badShareOf(kind.input, 0.98);
  if (critical) kind.critical = badShareOf(kind.input, *critical);
  return kind;
}

// A watch that evaluates every minute, with what is remembered going through the store's text each time:
// every test is also a test of restarts.
struct World {
  std::vector<Rule> rules{gauge()};
  FakeFacts facts;
  std::vector<Alert> alerts;
  Instant now = parseIso("2026-11-23T00:00:00Z").value();
  NotificationTiming timing;
  std::vector<Change> notified;  // since the last clear

  void context() {
    Verdict verdict = evaluate(rules, facts, alerts, now, timing);
    alerts.clear();
    for (const Alert& alert : verdict.alerts) {
      alerts.push_back(alertFromJson(alert.key, toJson(alert)).value());
      if (alerts.back() != alert) FAIL("an alert is not what it was after being stored: " << toJson(alert));
    }
    notified.insert(notified.end(), verdict.changes.begin(), verdict.changes.end());
  }
  void run(Duration span) {
    for (Duration passed{0}; passed < span; passed += 1min) {
      context();
      now += 1min;
    }
  }
  void value(std::int64_t growth, Duration span) {
    facts.growth["bounces"] = growth;
    run(span);
  }
  AlertState state() const { return alerts.empty() ? AlertState::inactive : alerts.front().state; }
  // "fired condition, worsened severity": what was told since the last call.
  std::string words() {
    std::string text;
    for (const Change& change : notified) {
      if (!text.empty()) text += ", ";
      text.append(name(change.kind)).append(" ").append(name(change.reason.why));
    }
    notified.clear();
    return text;
  }
};

}  // namespace

TEST_CASE("an alert fires when its condition holds, once") {
  World world;
  world.value(3, 10min);
  CHECK(world.alerts.empty());
  world.value(20, 1h);
  REQUIRE(world.notified.size() == 1);
  const Change& change = world.notified.front();
  CHECK(change.kind == Change::Kind::fired);
  CHECK(change.at == parseIso("2026-11-23T00:10:00Z").value());
  CHECK(change.id == "gauge@main#1795392600000.1");
  CHECK(change.alert.severity == Severity::warning);
  CHECK(gaugeOf(change.reason.evidence) == Gauge{20, 10});
  CHECK(world.state() == AlertState::firing);
}

TEST_CASE("`for` delays an alert, and a short recovery restarts the delay") {
  World world;
  world.rules[0].holdFor = 10min;
  world.value(20, 9min);
  CHECK(world.state() == AlertState::pending);
  world.value(3, 1min);
  world.value(20, 10min);
  CHECK(world.words() == "");
  world.value(20, 1min);
  CHECK(world.words() == "fired condition");
}

TEST_CASE("an alert resolves after it was below the recovery threshold for a while") {
  World world;
  world.value(20, 10min);
  world.value(7, 1h);  // no longer bad, not yet good
  CHECK(world.words() == "fired condition");
  CHECK(world.state() == AlertState::firing);
  world.value(3, 3min);
  CHECK(world.state() == AlertState::recovering);
  world.value(20, 1min);
  CHECK(world.state() == AlertState::firing);
  world.value(3, 6min);
  CHECK(world.state() == AlertState::resolved);
  REQUIRE(world.notified.size() == 1);
  const Reason reason = world.notified.front().reason;
  CHECK(world.words() == "resolved recovered");
  CHECK(reason.lasted == 73min);  // the last six minutes were good
  CHECK(gaugeOf(reason.worst)->value == 20);
}

TEST_CASE("a higher severity is notified at once, a lower one is not") {
  World world;
  world.value(20, 1min);
  world.value(200, 1min);
  CHECK(world.words() == "fired condition, worsened severity");
  world.value(20, 5min);
  CHECK(world.alerts.front().severity == Severity::warning);
  world.value(200, 5min);
  CHECK(world.words() == "");
  CHECK(gaugeOf(world.alerts.front().worst)->value == 200);
}

TEST_CASE("a significant worsening by half is notified") {
  World world;
  world.rules[0].kind = rateBelow(10min, std::nullopt);
  const auto share = [&](int failed, Duration span) {
    for (Duration passed{0}; passed < span; passed += 1min) {
      world.facts.add(account(), world.now, mail(100 - failed, failed));
      world.run(1min);
    }
  };
  share(10, 20min);
  CHECK(world.words() == "fired condition");
  share(12, 30min);
  CHECK(world.words() == "");
  share(30, 30min);
  // It is told beside what was notified before.
  REQUIRE(world.notified.front().kind == Change::Kind::worsened);
  CHECK(badShare(world.notified.front().reason.formerly)->value() == Approx(0.1));
  CHECK(world.words().starts_with("worsened step"));
  share(30, 60min);
  CHECK(world.words() == "");
}

TEST_CASE("reminders come after 4 h, 12 h, then daily, and carry their number") {
  World world;
  world.value(20, 73h);
  std::vector<std::pair<int, Duration>> reminders;
  for (const Change& change : world.notified)
    if (change.kind == Change::Kind::reminded)
      reminders.emplace_back(change.reason.reminder, change.at - world.notified.front().at);
  CHECK(reminders == std::vector<std::pair<int, Duration>>{{1, 4h}, {2, 12h}, {3, 24h}, {4, 48h}, {5, 72h}});

  SECTION("reminders missed during a downtime are sent once") {
    world.notified.clear();
    world.now += 24h * 5;
    world.run(1h);
    CHECK(world.words() == "reminded still_firing");
    CHECK(world.alerts.front().reminders == 6);
  }
}

TEST_CASE("nobody is reminded of an alert to which nothing bad was added since") {
  World world;
  world.rules[0].kind = rateBelow(24h, 0.9);
  world.facts.add(account(), world.now, mail(200, 100));
  world.run(13h);
  CHECK(world.words() == "fired condition");
  world.notified.clear();
  world.facts.add(account(), world.now, mail(0, 5));
  world.run(10min);
  CHECK(world.words() == "reminded still_firing");
}

TEST_CASE("nobody is reminded of an alert while what is measured is within its threshold") {
  World world;
  world.rules[0].kind = rateBelow(10min, std::nullopt);
  const auto failing = [&](int ofThousand, Duration span) {
    for (Duration passed{0}; passed < span; passed += 1min) {
      world.facts.add(account(), world.now, mail(1000 - ofThousand, ofThousand));
      world.run(1min);
    }
  };
  failing(100, 20min);
  CHECK(world.words() == "fired condition");
  failing(17, 5h);  // above the recovery, below the threshold of 2 %
  CHECK(world.state() == AlertState::firing);
  CHECK(world.words() == "");
  failing(60, 30min);
  CHECK(world.words() == "reminded still_firing");
}

TEST_CASE("an alert continues over a restart, and resolves if the condition ended meanwhile") {
  World world;
  world.rules[0].holdFor = 30min;
  world.value(20, 10min);
  world.now += 25min;  // away; the clock of `for` goes on
  world.value(20, 1min);
  CHECK(world.words() == "fired condition");
  world.now += 2h;
  world.value(20, 1h);
  CHECK(world.words() == "");
  world.now += 2h;
  world.value(3, 6min);
  CHECK(world.words() == "resolved recovered");
}

TEST_CASE("evaluating the same minute twice gives the same changes with the same ids") {
  World world;
  world.value(3, 1min);
  world.facts.growth["bounces"] = 20;
  const Verdict first = evaluate(world.rules, world.facts, world.alerts, world.now);
  const Verdict again = evaluate(world.rules, world.facts, world.alerts, world.now);
  CHECK(first.changes == again.changes);
  CHECK(first.alerts == again.alerts);
  REQUIRE(first.changes.size() == 1);
  // … and the next change of the episode has another.
  world.value(20, 1min);
  world.value(200, 1min);
  REQUIRE(world.notified.size() == 2);
  CHECK(world.notified[0].id == first.changes[0].id);
  CHECK(world.notified[1].id != world.notified[0].id);
}

TEST_CASE("missing data freezes an alert, which never becomes the alarm of another rule") {
  World world;
  Rule reading;
  reading.name = "not-readable";
  reading.kind = NothingRead{};
  world.rules.push_back(reading);
  world.rules[0].holdFor = 30min;
  world.value(20, 20min);
  world.facts.growth.clear();
  world.run(30min);
  CHECK(world.state() == AlertState::pending);
  CHECK(world.words() == "");
  SECTION("time without data does not count as time in which the condition held") {
    world.value(20, 9min);
    CHECK(world.words() == "");
    world.value(20, 2min);
    CHECK(world.words() == "fired condition");
  }
  SECTION("no reminder, no resolution, and nothing_read is silent while reads succeed") {
    world.facts.readingsOf["main"] = {
        {.source = Source::statistics, .every = 1min, .since = world.now, .lastSuccess = {}, .error = {}}};
    const auto run = [&](Duration span) {
      for (Duration passed{0}; passed < span; passed += 1min) {
        world.facts.readingsOf["main"][0].lastSuccess = world.now;
        world.run(1min);
      }
    };
    world.facts.growth["bounces"] = 20;
    run(12min);
    CHECK(world.words() == "fired condition");
    world.facts.growth.clear();
    run(13h);
    CHECK(world.words() == "");
    CHECK(world.state() == AlertState::firing);
    world.facts.growth["bounces"] = 3;
    run(6min);
    CHECK(world.words() == "resolved recovered");
  }
}

TEST_CASE("with too little mail to decide, an alert resolves after a while with that reason") {
  World world;
  world.rules[0].kind = rateBelow(30min, std::nullopt);
  world.rules[0].quietFor = 3h;
  world.facts.add(account(), world.now, mail(100, 60));
  world.run(31min);
  CHECK(world.words() == "fired condition");
  world.run(2h + 58min);
  CHECK(world.words() == "");
  world.run(5min);
  REQUIRE(world.notified.size() == 1);
  CHECK(world.notified.front().reason.affected == 60);
  CHECK(world.words() == "resolved too_little_mail");
}

TEST_CASE("what ended an alert cannot start it again") {
  World world;
  RateThreshold kind = rateBelow(30min, std::nullopt);
  kind.windows = {10min, 30min};
  world.rules[0].kind = kind;
  world.facts.add(account(), world.now, mail(100, 100));
  world.run(12min);
  CHECK(world.words() == "fired condition");
  // Ten minutes of good mail end it; then there is too little for the short window to speak.
  world.facts.add(account(), world.now, mail(200));
  world.run(8min);
  CHECK(world.words() == "resolved recovered");
  world.run(30min);
  CHECK(world.words() == "");
  SECTION("new failures do") {
    world.facts.add(account(), world.now, mail(100, 100));
    world.run(1min);
    CHECK(world.words() == "fired condition");
  }
}

TEST_CASE("flapping is notified once, then nothing until it has been steady for half an hour") {
  World world;
  world.rules[0].keepFiringFor = 0min;
  for (int i = 0; i < 10; ++i) {
    world.value(20, 3min);
    world.value(3, 3min);
  }
  CHECK(world.words() == "fired condition, resolved recovered, fired condition, flapping changes_often");
  SECTION("it ends resolved") {
    world.value(3, 40min);
    CHECK(world.words() == "resolved steady");
    world.value(20, 1min);
    CHECK(world.words() == "fired condition");
  }
  SECTION("it ends firing") {
    world.value(20, 40min);
    CHECK(world.words() == "fired steady");
    world.value(3, 10min);
    CHECK(world.words() == "resolved recovered");
  }
  SECTION("a higher severity is notified once even while flapping") {
    world.value(200, 2min);
    world.value(3, 2min);
    world.value(200, 2min);
    CHECK(world.words() == "worsened severity");
  }
}

TEST_CASE("each subject has its own alert, notified by severity") {
  World world;
  world.rules[0].kind = rateBelow(10min, 0.7);
  world.rules[0].scope.dimensions = {Dimension::mailboxProvider};
  world.facts.add(provider("Apple"), world.now, mail(90, 10));
  world.facts.add(provider("Gmail"), world.now, mail(10, 90));
  world.facts.add(provider("Yahoo"), world.now, mail(100, 0));
  world.run(1min);
  REQUIRE(world.notified.size() == 2);
  CHECK(world.notified[0].alert.key.subject.name == "Gmail");
  CHECK(world.notified[0].alert.severity == Severity::critical);
  CHECK(world.notified[1].alert.key.subject.name == "Apple");
}

TEST_CASE("a firing alert mutes others, which are notified if they fire for longer") {
  World world;
  Rule parts = gauge("parts");
  parts.scope.dimensions = {Dimension::mailboxProvider};
  world.facts.entries[provider("Gmail")] = {};
  Rule whole;
  whole.name = "whole";
  whole.kind = Threshold{.input = Input::dataAge, .warning = 60, .critical = {}, .recovery = {}};
  whole.mutes = {{{"*"}, Mute::Reach::breakdown}};
  world.rules = {parts, whole, gauge("other")};
  const auto age = [&](Duration seconds) {
    world.facts.readingsOf["main"] = {{.source = Source::statistics,
                                       .every = 60s,
                                       .since = world.now,
                                       .lastSuccess = world.now - seconds,
                                       .error = {}}};
  };
  age(2h);
  world.value(20, 10min);
  // The account's own other alert is not muted, only its parts'.
  CHECK(world.words() == "fired condition, fired condition");
  REQUIRE(world.alerts.size() == 3);
  CHECK(world.alerts[1].key.rule == "parts");
  CHECK(world.alerts[1].state == AlertState::firing);
  CHECK(world.alerts[1].mutedBy == "whole@main");

  SECTION("the muted alert fires for longer") {
    for (int i = 0; i < 10; ++i) {
      age(1s);
      world.run(1min);
    }
    CHECK(world.words() == "fired unmuted, resolved recovered");
  }
  SECTION("the muted alert ends without a notification") {
    world.value(3, 10min);
    CHECK(world.words() == "resolved recovered");  // of `other`
  }
}

TEST_CASE("of two rules that mute each other one is notified") {
  World world;
  world.rules = {gauge("a"), gauge("b")};
  for (Rule& rule : world.rules) rule.mutes = {{{"*"}, Mute::Reach::subject}};
  world.value(20, 5min);
  REQUIRE(world.notified.size() == 1);
  CHECK(world.notified[0].alert.key.rule == "a");
}

TEST_CASE("a reload keeps the alerts of unchanged rules") {
  World world;
  world.value(20, 10min);
  CHECK(world.words() == "fired condition");
  SECTION("the rule is the same") {
    world.rules.push_back(gauge("another"));
    world.rules[0].labels["team"] = "mail";
    world.run(10min);
    CHECK(world.words() == "fired condition");  // of the new rule
  }
  SECTION("a changed threshold applies from now on") {
    std::get<Threshold>(world.rules[0].kind).warning = 50;
    std::get<Threshold>(world.rules[0].kind).recovery = 50;
    world.run(10min);
    CHECK(world.words() == "resolved recovered");
  }
  SECTION("the rule was removed") {
    world.rules.clear();
    world.run(10min);
    CHECK(world.words() == "resolved rule_removed");
    CHECK(world.alerts.empty());
  }
  SECTION("the rule changed its meaning") {
    std::get<Threshold>(world.rules[0].kind).input = Input::blocksListGrowth;
    world.facts.growth["blocks"] = 20;
    world.run(1min);
    REQUIRE(world.notified.size() == 2);
    CHECK(world.notified[0].id != world.notified[1].id);
    CHECK(world.words() == "resolved rule_removed, fired condition");
  }
  SECTION("the account was removed") {
    world.facts.entries.clear();
    world.run(1min);
    CHECK(world.words() == "resolved subject_removed");
  }
  SECTION("an alert that was not notified ends without a notification") {
    world.rules[0].holdFor = 1h;
    world.value(3, 10min);
    world.words();
    world.value(20, 10min);
    world.rules.clear();
    world.run(1min);
    CHECK(world.words() == "");
  }
}

TEST_CASE("a subject missing from an answer is unknown, and removed after a while") {
  World world;
  world.rules[0].kind = rateBelow(10min, std::nullopt);
  world.rules[0].scope.dimensions = {Dimension::mailboxProvider};
  world.facts.add(provider("Gmail"), world.now, mail(50, 50));
  world.run(5min);
  CHECK(world.words() == "fired condition");
  const auto kept = world.facts.entries.extract(provider("Gmail"));
  world.run(50min);
  CHECK(world.words() == "");
  CHECK(world.state() == AlertState::firing);
  world.run(20min);
  CHECK(world.words() == "resolved subject_removed");
}

TEST_CASE("a step of the wall clock moves an alert's times and keeps its id") {
  World world;
  world.rules[0].holdFor = 10min;
  world.value(20, 9min);
  const std::int64_t episode = world.alerts.front().episode;
  world.now += 100h;
  for (Alert& alert : world.alerts) shift(alert, 100h);
  world.value(20, 1min);
  CHECK(world.words() == "");
  world.value(20, 1min);
  CHECK(world.words() == "fired condition");
  CHECK(world.alerts.front().episode == episode);
  world.value(20, 3h);
  CHECK(world.words() == "");
}

TEST_CASE("an unreadable stored alert is an error; missing fields get defaults") {
  CHECK_FALSE(alertFromJson({"r", account()}, "").ok());
  CHECK_FALSE(alertFromJson({"r", account()}, "[1]").ok());
  CHECK_FALSE(alertFromJson({"r", account()}, R"({"state":"burning"})").ok());
  const auto alert = alertFromJson(
      {"r", account()}, R"({"state":"firing","severity":7,"flips":"x","evidence":3,"since":"now"})");
  REQUIRE(alert.ok());
  CHECK(alert->state == AlertState::firing);
  CHECK(alert->severity == Severity::warning);
  CHECK(alert->evidence == Evidence{});
  // Of a kind that this program does not know, the state is what counts.
  const auto newer = alertFromJson(
      {"r", account()}, R"({"state":"firing","notified":true,"evidence":{"kind":"moon_phase","value":3}})");
  REQUIRE(newer.ok());
  CHECK(newer->state == AlertState::firing);
  CHECK(newer->notified);
  CHECK(newer->evidence == Evidence{});
}

TEST_CASE("random histories: the sequence of notifications is always consistent") {
  // Values, outages of data, restarts and reloads at random; seeded.
  const unsigned seed = GENERATE(range(1U, 13U));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto dice = [&](int sides) { return std::uniform_int_distribution<int>(1, sides)(random) == 1; };
  World world;
  world.rules[0].holdFor = seed % 3 == 0 ? 3min : 0min;
  world.rules[0].keepFiringFor = seed % 2 == 0 ? 0min : 4min;
  Rule muting = gauge("a-mute");
  std::get<Threshold>(muting.kind).warning = 500;
  muting.mutes = {{{"gauge"}, Mute::Reach::subject}};
  world.rules.push_back(muting);
  const std::vector<Rule> rules = world.rules;
  const int values[] = {1, 7, 20, 30, 150, 900};
  for (int i = 0; i < 1500; ++i) {
    if (dice(12)) world.facts.growth["bounces"] = values[std::uniform_int_distribution<int>(0, 5)(random)];
    if (dice(60)) world.facts.growth.clear();
    if (dice(200)) world.now += std::chrono::minutes(std::uniform_int_distribution<int>(1, 600)(random));
    if (dice(300)) world.rules.erase(world.rules.begin());
    if (dice(20)) world.rules = rules;
    world.run(1min);
  }
  world.rules = rules;
  world.value(1, 2h);

  std::set<std::string> ids;
  std::map<std::string, std::optional<Severity>> open;  // told and not resolved, by rule
  std::map<std::string, int> reminders;
  std::map<std::string, Instant> last;
  for (const Change& change : world.notified) {
    const std::string& rule = change.alert.key.rule;
    CAPTURE(change.id, name(change.kind), name(change.reason.why), toIso(change.at));
    if (!ids.insert(change.id).second) FAIL("told twice");
    auto& notified = open[rule];
    switch (change.kind) {
      case Change::Kind::fired:
        // Nothing fires twice without an end between, but for the word after flapping.
        if (notified && change.reason.why != Reason::Why::steady) FAIL("fired twice");
        if (!active(change.alert.state)) FAIL("told as firing, but is not");
        notified = change.alert.severity;
        reminders[rule] = change.reason.why == Reason::Why::steady ? reminders[rule] : 0;
        break;
      case Change::Kind::worsened:
        if (!notified || change.alert.severity <= *notified) FAIL("worse than nothing");
        notified = change.alert.severity;
        break;
      case Change::Kind::reminded:
        if (!notified) FAIL("reminded of nothing");
        if (change.reason.reminder != ++reminders[rule]) FAIL("reminders are not numbered");
        break;
      case Change::Kind::flapping:
        notified = std::max(notified.value_or(Severity::info), change.alert.severity);
        reminders[rule] = 0;
        break;
      case Change::Kind::resolved:
        if (!notified) FAIL("resolved what nobody heard of");
        if (active(change.alert.state)) FAIL("told as over, but is not");
        notified.reset();
        break;
    }
    if (change.reason.lasted < Duration{0} || change.reason.since > change.at)
      FAIL("began after it was told");
  }
  // All has been well for two hours: nothing is left open.
  for (const auto& [rule, notified] : open) CHECK_FALSE(notified);
  CHECK(ids.size() > 30);
}

namespace {

// An account and a receiver of it. An hour of good mail, then 20 minutes in which half fails, then `after`
// good minutes; the events of the last two are told at once, at the end.
struct LateWorld : World {
  Subject receiver = provider("docomo");
  Instant began, ended;
  explicit LateWorld(int after) {
    facts.entries[receiver] = {};
    auto kind = rateBelow(30min, 0.9);
    kind.windows = {10min, 30min};
    rules[0].kind = kind;
    rules[0].scope.dimensions = {Dimension::account, Dimension::mailboxProvider};
    for (int minute = 0; minute < 60; ++minute) told(mail(20));
    std::vector<std::pair<Instant, Counts>> held;
    began = now;
    for (int minute = 0; minute < 20 + after; ++minute) {
      facts.readable = false;
      context();
      now += 1min;
      held.emplace_back(now, minute < 20 ? mail(10, 10) : mail(20));
    }
    ended = began + 20min;
    for (const auto& [at, counts] : held) add(at, counts);
    facts.readable = true;
    facts.late = StreamFacts::CameLate{now, began, ended};
  }
  void add(Instant at, const Counts& counts) {
    facts.add(account(), at, counts);
    facts.add(receiver, at, counts);
  }
  void told(const Counts& counts) {
    context();
    add(now += 1min, counts);
  }
};

}  // namespace

TEST_CASE("an outage that is over before its events come is told once, as over") {
  LateWorld world(10);
  world.context();
  REQUIRE(world.notified.size() == 1);
  const auto& change = world.notified[0];
  CHECK(change.alert.key.subject == account());
  CHECK(change.kind == Change::Kind::resolved);
  CHECK(name(change.reason.why) == "came_late");
  CHECK(change.alert.severity == Severity::critical);
  CHECK(std::chrono::abs(change.reason.since - world.began) <= 2min);
  CHECK(std::chrono::abs(change.reason.since + change.reason.lasted - world.ended) <= 2min);
  CHECK(change.reason.detected == world.now);
  CHECK(change.reason.affected == 200);
  for (int minute = 0; minute < 60; ++minute) world.told(mail(20));
  CHECK(world.notified.size() == 1);
  SECTION("and the next outage is told as any other") {
    for (int minute = 0; minute < 8; ++minute) world.told(mail(10, 10));
    REQUIRE(world.notified.size() >= 3);
    CHECK(world.notified[1].kind == Change::Kind::fired);
  }
}

TEST_CASE("an outage whose events come late is open while the newest minutes are bad, or have no mail") {
  LateWorld world(0);
  SECTION("bad") {}
  SECTION("none") { world.now += 10min; }
  world.context();
  REQUIRE(world.notified.size() == 2);
  for (const auto& change : world.notified) {
    CHECK(change.kind == Change::Kind::fired);
    CHECK(change.alert.severity == Severity::critical);
  }
}

TEST_CASE("events that come late tell nothing new of what an alert has told") {
  LateWorld world(10);
  Alert alert;
  alert.key = {"by-statistics", account()};
  world.rules.push_back(world.rules[0]);
  world.rules.back().name = "by-statistics";
  alert.meaning = meaning(world.rules.back());
  alert.state = AlertState::resolved;
  alert.since = world.now - 5min;
  alert.firedAt = alert.startedAt = alert.beganAt = world.began + 1min;
  alert.resolvedAt = alert.lastBad = world.ended;
  alert.worst = alert.evidence =
      RateEvidence{.mails = {100, 200}, .bound = BadShare(0.4), .threshold = BadShare(0.1), .window = 10min};
  world.alerts.push_back(alert);
  world.context();
  CHECK(world.notified.empty());
}

TEST_CASE("few failures that come late are no news") {
  LateWorld world(10);
  for (auto& [subject, entries] : world.facts.entries)
    for (auto& [at, counts] : entries)
      if (counts[Metric::bounces] > 0) counts = at > world.ended - 1min ? mail(19, 1) : mail(20);
  world.context();
  CHECK(world.notified.empty());
}
