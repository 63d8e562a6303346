// What the rules are given: only what the configuration has watched. What a reload switches off is not judged
// any more, and its alerts end with the next evaluation, while what cannot be read stays unknown.
#include "watch/current_facts.hpp"

#include <catch2/catch.hpp>

#include "watch/evaluate_rules.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using rules::Input;

namespace {

struct Fixture : StreamFixture {
  Fixture() {
    auto& account = config.accounts[0];
    account.events->url = "https://mail.example.jp/events/main";
    account.categories.discover = true;
    config.channels.emplace_back().name = "ops";
    config.routes.emplace_back().channels = {"ops"};
    reload();
    for (const auto& feed : {TaskId{"main", "statistics"}, TaskId{"main", "categories"}})
      owners().jobs().added(feed, 1min, Party::provider);
  }
  config::Account& account() { return config.accounts[0]; }

  void addRule(const rules::Kind& kind, Dimension dimension = Dimension::account) {
    auto& rule = config.rules.emplace_back();
    rule.name = "the-rule";
    rule.kind = kind;
    rule.scope.dimensions = {dimension};
  }
  /// A number that is above a limit of zero, of the last hour.
  static rules::Threshold any(Input input) {
    rules::Threshold kind;
    kind.input = input;
    kind.warning = 0.5;
    return kind;
  }
  void statisticsOf(const Subject& subject, std::int64_t count) {
    const auto today = TimeZone().dateOf(clock.now());
    delivery::Read read{{"main", subject.dimension}, clock.now(), today, today, {}, true};
    delivery::Counts counts;
    counts[Metric::requests] = counts[Metric::drops] = count;
    read.totals.push_back({subject, {{today, counts}}});
    REQUIRE(owners().statistics().apply(read));
  }
  /// Sixty-five minutes in which each minute's counts are read.
  void watchAnHour(const Subject& subject) {
    for (int minute = 0; minute < 65; ++minute) {
      statisticsOf(subject, minute);
      clock.advance(1min);
    }
    statisticsOf(subject, 66);
  }
  bool fires() {
    evaluateRules(owners(), config);
    const auto& all = owners().alerts().all();
    return std::any_of(all.begin(), all.end(), [](const auto& one) { return rules::active(one.state); });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "without events.url the alert on the webhook's settings ends") {
  addRule(rules::StreamSettings{});
  events().status().settingsChecked("main", "it is disabled");
  REQUIRE(fires());
  account().events->url.clear();
  reload();
  CHECK_FALSE(fires());
  CHECK_FALSE(events().status().settings("main").has_value());
}

TEST_CASE_METHOD(Fixture, "without categories the alert of a category ends") {
  const Subject category{"main", Dimension::category, "newsletter"};
  addRule(any(Input::drops), Dimension::category);
  watchAnHour(category);
  REQUIRE(fires());
  SECTION("at once") {
    account().categories.discover = false;
    reload();
    CHECK_FALSE(fires());
  }
  SECTION("but not because they cannot be read") {
    clock.advance(30min);
    CHECK(fires());
  }
}

TEST_CASE_METHOD(Fixture, "without an event stream the alerts of what only events tell end") {
  const auto dimension = GENERATE(Dimension::account, Dimension::domainGroup);
  addRule(any(Input::oldestInFlight), dimension);
  CHECK(post(one("processed", "a@slow.example", "m", 20min)) == 204);
  minutePasses();
  REQUIRE(fires());
  SECTION("at once") {
    account().events.reset();
    reload();
    CHECK_FALSE(fires());
  }
  SECTION("and a receiver's also when a group takes its domain in") {
    if (dimension == Dimension::account) return;
    config.eventStream.domainGroups = {{"Slow ones", {"slow.example"}}};
    reload();
    const auto& all = owners().alerts().all();
    fires();
    CHECK(std::none_of(all.begin(), all.end(), [](const auto& alert) {
      return rules::active(alert.state) && alert.key.subject.name == "slow.example";
    }));
  }
}

TEST_CASE_METHOD(Fixture, "a silent stream that is switched off is not told as recovered") {
  addRule(rules::StreamSilent{});
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  events().tick();
  for (int minute = 0; minute < 20; ++minute) {
    statisticsSay(Metric::delivered, 10 * minute);
    clock.advance(1min);
  }
  statisticsSay(Metric::delivered, 300);
  REQUIRE(fires());
  account().events.reset();
  reload();
  CHECK_FALSE(fires());
  REQUIRE(owners().outbox().waiting("ops", 10)->size() == 2);
  CHECK_THAT(owners().outbox().waiting("ops", 10)->back().notification,
             Catch::Contains("\"tone\":\"ended\""));
}

TEST_CASE_METHOD(Fixture, "without suppression lists and credits their alerts end") {
  const auto input = GENERATE(Input::bouncesListGrowth, Input::creditsLeft);
  rules::Rule rule;
  rule.kind = any(input);
  const CurrentFacts before(owners(), config);
  CHECK(before.facts().watched(whole, rules::feedOf(rule)));
  account().suppressions = account().credits = false;
  reload();
  const CurrentFacts after(owners(), config);
  CHECK_FALSE(after.facts().watched(whole, rules::feedOf(rule)));
}

TEST_CASE_METHOD(Fixture, "a source that cannot be read and is switched off has not recovered") {
  rules::NothingRead kind;
  kind.sources = {rules::Source::statistics, rules::Source::categoryStatistics};
  addRule(kind);
  const TaskId categories{"main", "categories"}, statistics{"main", "statistics"};
  account().categories.names = {"notice"};
  reload();
  for (int minute = 0; minute < 10; ++minute) {
    clock.advance(1min);
    owners().jobs().started(statistics, 0);
    owners().jobs().succeeded(statistics, 1s);
    owners().jobs().started(categories, 0);
    owners().jobs().failed(categories, Error{Error::Kind::serverError, "502", Party::provider}, 1s);
  }
  REQUIRE(fires());
  account().categories = {};
  reload();
  CHECK_FALSE(fires());
  const auto told = owners().outbox().waiting("ops", 10).value();
  REQUIRE(told.size() == 2);
  CHECK_THAT(told.back().notification, Catch::Contains("\"tone\":\"ended\""));
}

TEST_CASE_METHOD(Fixture, "an outage whose events come late, when it is over, is one message that says so") {
  rules::RateThreshold kind;
  kind.windows = {10min, 30min};
  kind.critical = rules::badShareOf(kind.input, 0.9);
  addRule(kind);
  config.rules.back().scope.dimensions = {Dimension::account, Dimension::domainGroup};
  reload();
  delivery::Counts sent;
  int number = 0;
  // The events of a minute's mail, so many of which fail.
  const auto minuteOf = [&](int mails, int failing) {
    std::string batch = "[";
    for (int i = 0; i < mails; ++i) {
      const auto message = "m" + std::to_string(++number);
      const bool fails = i < failing;
      batch += event("processed", message + "@a.example", message, 20s) + ",";
      batch += event(fails ? "bounce" : "delivered", message + "@a.example", message, 10s,
                     fails ? R"(,"type":"bounce","reason":"550 5.1.1 unknown")" : "") +
               (i + 1 < mails ? "," : "]");
    }
    sent[Metric::requests] += mails;
    sent[Metric::processed] += mails;
    sent[Metric::delivered] += mails - failing;
    sent[Metric::bounces] += failing;
    return batch;
  };
  const auto live = [&](int minutes, int failing) {
    for (int minute = 0; minute < minutes; ++minute) {
      CHECK(post(minuteOf(20, failing)) == 204);
      statisticsSay(sent);
      minutePasses();
      evaluateRules(owners(), config);
    }
  };
  live(90, 0);
  std::vector<std::string> held;
  const int after = GENERATE(0, 10);
  const auto began = clock.now();
  for (int minute = 0; minute < 20 + after; ++minute) {
    held.push_back(minuteOf(20, minute < 20 ? 10 : 0));
    minutePasses();
    evaluateRules(owners(), config);
  }
  CHECK(owners().outbox().waiting("ops", 10)->empty());
  for (const auto& batch : held) CHECK(post(batch) == 204);
  statisticsSay(sent);
  minutePasses();
  evaluateRules(owners(), config);
  const auto told = owners().outbox().waiting("ops", 10).value();
  if (after == 0) {
    REQUIRE_FALSE(told.empty());
    CHECK_THAT(told[0].notification, Catch::Contains("\"tone\":\"critical\""));
    return;
  }
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0].notification, Catch::Contains("\"tone\":\"ended\"") && Catch::Contains("遅れて") &&
                                       Catch::Contains(TimeZone().zonedText(began + 20min - 10s)));
  live(30, 0);
  CHECK(owners().outbox().waiting("ops", 10)->size() == 1);
}
