// One evaluation from the owners' memory to the stored alerts and the notifications in the outbox.
#include "watch/evaluate_rules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "rules/defaults.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"
#include "watch/acknowledge.hpp"
#include "watch/fixture.hpp"
#include "watch/incident_views.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Metric;

namespace {

using Totals = std::vector<std::tuple<std::string, std::int64_t, std::int64_t>>;  // name, delivered, bounced

/// An account whose statistics are read at the minutes that the test says; two channels.
struct Fixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  boost::asio::io_context io;
  std::unique_ptr<Memory> memory = std::make_unique<Memory>(io, clock, folder.path());
  config::Config config;

  Fixture() {
    config.accounts.emplace_back().name = "main";
    for (const auto& [name, language] :
         {std::pair("team", Language::english), std::pair("pager", Language::japanese)}) {
      auto& channel = config.channels.emplace_back();
      channel.name = name;
      channel.language = language;
    }
    config.routes.emplace_back().channels = {"team", "pager"};
    owners().retain(config);
  }
  Owners& owners() { return memory->owners; }

  /// A rule that fires when more than 2 % of a window's mail fails.
  rules::Rule& addRule(const std::string& name, rules::Severity severity = rules::Severity::warning,
                       Duration window = 10min) {
    rules::RateThreshold kind;
    kind.windows = {window};
    (severity == rules::Severity::critical ? kind.critical : kind.warning) = rules::BadShare(0.02);
    auto& rule = config.rules.emplace_back();
    rule.name = name;
    rule.kind = kind;
    return rule;
  }
  /// The provider's totals of today, as of now, and of a yesterday with so much mail that no gain surprises.
  void read(Dimension dimension, const Totals& totals) {
    const auto today = TimeZone{}.dateOf(clock.now()), yesterday = today - std::chrono::days(1);
    delivery::Read read{{"main", dimension}, clock.now(), yesterday, today, {}, true};
    delivery::Counts usual;
    usual[Metric::requests] = 20'000;
    usual[Metric::delivered] = usual[Metric::bounces] = 10'000;
    for (const auto& [name, delivered, bounced] : totals) {
      delivery::Counts counts;
      counts[Metric::requests] = delivered + bounced;
      counts[Metric::delivered] = delivered;
      counts[Metric::bounces] = bounced;
      read.totals.push_back({{"main", dimension, name}, {{yesterday, usual}, {today, counts}}});
    }
    REQUIRE(owners().statistics().apply(read));
  }
  /// A quarter of an hour of good mail, then ten minutes in which half of it fails.
  void fail() {
    read(Dimension::account, {{"", 1000, 0}});
    clock.advance(15min);
    read(Dimension::account, {{"", 1100, 0}});
    clock.advance(10min);
    read(Dimension::account, {{"", 1200, 100}});
  }
  std::size_t evaluate() { return evaluateRules(owners(), config); }

  std::vector<store::QueuedNotification> queued(const std::string& channel) {
    std::vector<store::QueuedNotification> rows;
    REQUIRE(
        memory->database->read([&] { rows = store::OutboxTable(*memory->database).waiting(channel, 100); }));
    return rows;
  }
  std::vector<std::string> changes(const std::string& channel) {
    std::vector<std::string> changes;
    for (const auto& row : queued(channel)) changes.push_back(row.change);
    return changes;
  }
  notify::Notification first(const std::string& channel) {
    const auto pending = owners().outbox().next(channel).value();
    REQUIRE(pending);
    return pending->notification.value();
  }
  std::size_t storedAlerts() {
    std::size_t unreadable = 0, count = 0;
    REQUIRE(memory->database->read(
        [&] { count = store::AlertsTable(*memory->database).load(unreadable).size(); }));
    return count;
  }
  void run(const char* sql) {
    REQUIRE(memory->database->transact([&] { store::Statement(*memory->database, sql).run(); }));
  }
  void refuse(const std::string& table) {
    run(("CREATE TRIGGER refuse BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            .c_str());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an alert is stored together with its notifications, and both survive a restart") {
  addRule("failures");
  fail();
  CHECK(evaluate() == 2);
  REQUIRE(owners().alerts().all().size() == 1);
  CHECK(owners().alerts().all()[0].state == rules::AlertState::firing);
  const auto before = changes("team");
  REQUIRE(before.size() == 1);
  CHECK(changes("pager") == before);
  const auto alerts = owners().alerts().all();

  memory.reset();
  memory = std::make_unique<Memory>(io, clock, folder.path());
  owners().retain(config);
  CHECK(owners().alerts().all() == alerts);
  CHECK(changes("team") == before);
  SECTION("what was notified is not notified again") {
    CHECK(evaluate() == 0);
    CHECK(changes("team") == before);
  }
}

TEST_CASE_METHOD(Fixture,
                 "where the store refuses, alerts live in memory, are notified once, and stored afterwards") {
  addRule("failures");
  fail();
  const auto* table = GENERATE("alerts", "outbox");
  CAPTURE(table);
  refuse(table);
  const auto at = unixSeconds(clock.now());
  const auto id = "failures@main#" + std::to_string(at) + "000.1";
  CHECK(evaluate() == 2);
  REQUIRE(owners().alerts().all().size() == 1);
  CHECK(storedAlerts() == 0);
  CHECK_FALSE(memory->health.ok());
  CHECK(owners().outbox().next("team").value()->queued.change == id);
  for (int minute = 0; minute < 10; ++minute) {
    clock.advance(1min);
    CHECK(evaluate() == 0);
  }
  CHECK(owners().outbox().depth()->waiting == 2);

  run("DROP TRIGGER refuse");
  CHECK(evaluate() == 0);
  CHECK(changes("team") == std::vector<std::string>{id});
  CHECK(storedAlerts() == 1);
  CHECK(memory->health.ok());
}

TEST_CASE_METHOD(Fixture,
                 "four changes at once become one notification a channel, in the channel's language") {
  for (const auto* name : {"a", "b", "c"}) addRule(name);
  SECTION("three do not") {
    fail();
    CHECK(evaluate() == 6);
    CHECK(changes("team").size() == 3);
    CHECK(changes("pager").size() == 3);
  }
  SECTION("four do") {
    addRule("d");
    fail();
    CHECK(evaluate() == 2);
    REQUIRE(changes("team").size() == 1);
    CHECK(changes("team")[0].ends_with("+3"));
    CHECK(changes("team")[0].starts_with("a@main#"));
    CHECK(changes("pager") == changes("team"));
    CHECK(first("team").badge == "Warning");
    CHECK(first("pager").badge == "警告");
  }
}

TEST_CASE_METHOD(Fixture,
                 "routes decide which channel is notified, and the end of an alert goes the same way") {
  addRule("mild");
  addRule("grave", rules::Severity::critical);
  config.routes[0].minSeverity = rules::Severity::critical;
  config.routes[0].channels = {"pager"};
  config.routes.emplace_back().channels = {"team"};
  fail();
  CHECK(evaluate() == 2);
  REQUIRE(changes("team").size() == 1);
  REQUIRE(changes("pager").size() == 1);
  CHECK(changes("team")[0].starts_with("mild@main#"));
  CHECK(changes("pager")[0].starts_with("grave@main#"));

  for (int minute = 1; minute <= 30; ++minute) {
    clock.advance(1min);
    read(Dimension::account, {{"", 1200 + 100 * minute, 100}});
    evaluate();
  }
  REQUIRE(changes("team").size() == 2);
  REQUIRE(changes("pager").size() == 2);
  CHECK(changes("team")[1].starts_with("mild@main#"));
  CHECK(changes("pager")[1].starts_with("grave@main#"));
}

TEST_CASE_METHOD(
    Fixture, "statistics that contradict themselves for half an hour are told once, and when it is over") {
  for (const auto& rule : rules::defaults())
    if (rule.name == "statistics-contradict") config.rules.push_back(rule);
  REQUIRE(config.rules.size() == 1);
  int requests = 20'000;
  const auto pass = [&](int minutes, bool contradicts) {
    for (int minute = 0; minute < minutes; ++minute) {
      clock.advance(1min);
      requests += 10;
      const auto today = TimeZone{}.dateOf(clock.now());
      delivery::Counts counts;
      counts[Metric::requests] = requests;
      counts[Metric::delivered] = contradicts ? 3 * requests : requests;
      delivery::Read say{
          {"main", Dimension::account}, clock.now(), today - std::chrono::days(1), today, {}, true};
      say.totals.push_back({{"main", Dimension::account, ""}, {{today, counts}}});
      REQUIRE(owners().statistics().apply(say));
      evaluate();
    }
  };
  pass(10, false);
  pass(29, true);
  CHECK(changes("team").empty());
  const auto began = clock.now() - 28min;
  pass(3, true);
  REQUIRE(changes("team").size() == 1);
  const auto told = first("team");
  CHECK(told.badge.starts_with("Warning"));
  CHECK_THAT(told.title, Catch::Contains("statistics contradict themselves"));
  CHECK_THAT(told.sentence, Catch::Contains(config.zone.zonedText(began)) && Catch::Contains("are unknown"));
  REQUIRE(told.next);
  REQUIRE(told.side);
  CHECK_THAT(told.side->value, Catch::Contains("SendGrid's"));
  pass(60, true);
  CHECK(changes("team").size() == 1);
  // A restart begins to count anew, and ends nothing.
  memory.reset();
  memory = std::make_unique<Memory>(io, clock, folder.path());
  owners().retain(config);
  pass(20, true);
  CHECK(changes("team").size() == 1);
  pass(10, false);
  CHECK(changes("team").size() == 2);
}

TEST_CASE_METHOD(Fixture,
                 "with statistics only, an alert is in an incident, and its message bears the number") {
  addRule("failures");
  config.links.page = "https://mail.example";
  fail();
  CHECK(evaluate() == 2);
  const auto& incidents = owners().incidents().followed().incidents;
  REQUIRE(incidents.size() == 1);
  CHECK(incidents[0].members.size() == 1);
  CHECK(incidents[0].numbers.seen == 100);
  const auto message = first("team");
  CHECK(message.badge == "Warning · #1");
  CHECK(message.fallback.starts_with("[Warning · #1] "));
  const auto links = message.links;
  CHECK(std::ranges::any_of(links,
                            [](const auto& link) { return link.url == "https://mail.example/incident/1"; }));
  CHECK(std::ranges::any_of(
      links, [](const auto& link) { return link.url == "https://mail.example/runbooks/failures"; }));
  // It says what its alert says, and nothing from sums that tell less.
  const auto page = IncidentViews(owners(), config, Language::english).page(1);
  REQUIRE(page);
  CHECK(page->since == owners().alerts().all().at(0).beganAt);
  CHECK(page->course.empty());
  CHECK(page->receivers.empty());
  REQUIRE(acknowledge(owners(), config, {1, "Sato", "asked"}));
  REQUIRE(changes("team").size() == 2);
  CHECK(changes("team")[1].ends_with("-acknowledged"));
}

TEST_CASE_METHOD(Fixture, "an incident of a subuser names it to its end") {
  addRule("failures").scope.dimensions = {Dimension::subuser};
  config.accounts[0].subusers.names = {"news-eu", "news-us"};
  owners().retain(config);
  const auto headline = [&] {
    return IncidentViews(owners(), config, Language::english).page(1).value().headline;
  };
  read(Dimension::subuser, {{"news-eu", 1000, 0}, {"news-us", 1000, 0}});
  clock.advance(15min);
  read(Dimension::subuser, {{"news-eu", 1100, 0}, {"news-us", 1100, 0}});
  clock.advance(10min);
  read(Dimension::subuser, {{"news-eu", 1200, 100}, {"news-us", 1200, 0}});
  CHECK(evaluate() == 2);
  CHECK(headline().find("news-eu") != std::string::npos);
  for (int minute = 1; minute <= 60; ++minute) {
    clock.advance(1min);
    read(Dimension::subuser, {{"news-eu", 1200 + 10 * minute, 100}, {"news-us", 1200 + 10 * minute, 0}});
    evaluate();
  }
  CHECK(owners().incidents().followed().incidents.at(0).state == incidents::State::resolved);
  CHECK(headline().find("news-eu") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "the breakdown is that of the window that decided") {
  struct Row {
    Duration window;
    std::vector<std::string> rows;
  };
  const auto row = GENERATE(
      values<Row>({{10min, {"Gmail: 80 of 120 failed (66.7 %)"}},
                   {25min, {"Gmail: 80 of 180 failed (44.4 %)", "Yahoo: 40 of 120 failed (33.3 %)"}}}));
  addRule("failures", rules::Severity::warning, row.window);
  read(Dimension::mailboxProvider, {{"Gmail", 500, 0}, {"Yahoo", 500, 0}});
  read(Dimension::account, {{"", 1000, 0}});
  clock.advance(15min);
  read(Dimension::mailboxProvider, {{"Gmail", 560, 0}, {"Yahoo", 540, 40}});
  read(Dimension::account, {{"", 1100, 40}});
  clock.advance(10min);
  read(Dimension::mailboxProvider, {{"Gmail", 600, 80}, {"Yahoo", 580, 40}});
  read(Dimension::account, {{"", 1180, 120}});
  REQUIRE(evaluate() == 2);
  auto shown = first("team").breakdown;
  REQUIRE_FALSE(shown.empty());
  shown.erase(shown.begin());  // the sentence that sums up
  CHECK(shown == row.rows);
}

TEST_CASE_METHOD(Fixture, "a notification says what the provider's status page said, and when") {
  addRule("failures");
  statuspage::StatusSummary summary;
  summary.description = "Partial System Outage";
  summary.indicator = statuspage::Indicator::major;
  summary.components.push_back({"Mail Sending", "partial_outage"});
  auto& incident = summary.incidents.emplace_back();
  incident.name = "Delays of outgoing mail";
  incident.concerns = true;
  config.statusPage = config::StatusPage{};
  owners().retain(config);
  fail();
  owners().provider().read(summary, clock.now() - 2min);
  REQUIRE(evaluate() == 2);
  const auto field = first("team").statusPage;
  REQUIRE(field);
  CHECK(field->value.find("Delays of outgoing mail") != std::string::npos);
  CHECK(field->value.find(config.zone.zonedText(clock.now() - 2min)) != std::string::npos);
}
