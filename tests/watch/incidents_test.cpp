// Incidents from the event stream to the outbox: one cause is one conversation.
#include "watch/incidents.hpp"

#include <functional>
#include <map>

#include "rules/defaults.hpp"
#include "watch/acknowledge.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/explain_alerts.hpp"
#include "watch/incident_views.hpp"
#include "watch/incidents_json.hpp"
#include "watch/publish.hpp"
#include "watch/silence.hpp"
#include "watch/status_json.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using incidents::State;

namespace {

using Names = std::vector<std::string>;

/// A town: each minute three categories of mail to three receivers, judged by the shipped rules.
struct Fixture : StreamFixture {
  /// Whether the mail fails, by category, receiver and its number.
  std::function<bool(const std::string&, const std::string&, int)> fails;
  bool stalls = false;  // no outcomes
  int serial = 0;
  bool hasStatistics = false;
  delivery::Counts day;  // what they say of it
  Date today{};

  Fixture() {
    config.accounts[0].categories.names = {"notice", "reservation", "tax"};
    config.rules = rules::defaults();
    auto& channel = config.channels.emplace_back();
    channel.name = "team";
    channel.language = Language::english;
    config.routes.emplace_back().channels = {"team"};
    restart();
    pass(45min);
    REQUIRE(owners().alerts().all().empty());
  }

  void minute() {
    std::string batch = "[";
    for (const auto* category : {"notice", "reservation", "tax"})
      for (const auto& [domain, mails] : {std::pair("gmail.com", 4), {"docomo.ne.jp", 3}, {"au.com", 2}})
        for (int i = 0; i < mails; ++i) {
          const auto message = "m" + std::to_string(++serial);
          const auto email = message + "@" + domain;
          const bool failed = fails && fails(category, domain, serial);
          count(1, failed ? 1 : 0);
          const auto of = ",\"category\":\"" + std::string(category) + "\"";
          batch += event("processed", email, message, 40s, of) + ",";
          if (stalls) continue;
          if (failed)
            batch += event("bounce", email, message, 30s,
                           of + ",\"type\":\"blocked\",\"status\":\"5.7.26\",\"reason\":\"550 5.7.26 "
                                "Unauthenticated email from a.example is not accepted\"");
          else
            batch += event("delivered", email, message, 30s, of);
          batch += ",";
        }
    batch.back() = ']';
    REQUIRE(post(batch) == 204);
    events().tick();
    clock.advance(1min);
    events().tick();
    if (hasStatistics) statisticsSay(day);
    evaluateRules(owners(), config);
    check();
  }
  void pass(Duration time) {
    for (const auto until = clock.now() + time; clock.now() < until;) minute();
  }
  /// A minute of which nothing comes in but the statistics: so many requested, so many of them failed.
  void minuteOfStatistics(int mails, int failed) {
    events().tick();
    clock.advance(1min);
    events().tick();
    count(mails, failed);
    statisticsSay(day);
    evaluateRules(owners(), config);
    check();
  }
  void count(int mails, int failed) {
    if (const auto date = TimeZone().dateOf(clock.now()); date != today) today = date, day = {};
    day[delivery::Metric::requests] += mails;
    day[delivery::Metric::processed] += mails;
    day[delivery::Metric::delivered] += mails - failed;
    day[delivery::Metric::bounces] += failed;
  }

  const incidents::Followed& followed() { return owners().incidents().followed(); }

  /// Each firing alert is in exactly one place.
  void check() {
    std::map<rules::AlertKey, int> places;
    for (const auto& incident : followed().incidents)
      for (const auto& key : incident.members) ++places[key];
    for (const auto& one : followed().unexplained)
      if (one.number == 0) ++places[one.key];
    for (const auto& key : followed().apart) ++places[key];
    for (const auto& alert : owners().alerts().all())
      if (alert.state == rules::AlertState::firing && alert.mutedBy.empty()) {
        CAPTURE(toText(alert.key));
        CHECK(places[alert.key] == 1);
      }
  }

  /// What waits in the outbox: "1 opened" of incidents, "delivery-rate@main/…" of alerts.
  Names notified() {
    Names names;
    const auto rows = owners().outbox().waiting("team", 1000).value();
    for (const auto& row : rows) {
      const auto& id = row.change;
      if (id.starts_with("incident-"))
        names.push_back(id.substr(9, id.find('@') - 9) + " " + id.substr(id.rfind('-') + 1));
      else
        names.push_back(id.substr(0, id.find('#')));
    }
    return names;
  }
  std::ptrdiff_t reminders() {
    const auto names = notified();
    return std::count(names.begin(), names.end(), "1 reminder");
  }
  static bool toGmail(const std::string&, const std::string& domain, int serial) {
    return domain == "gmail.com" && serial % 2 == 0;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "one receiver that refuses is one conversation: opened, and resolved once") {
  fails = toGmail;
  pass(20min);
  REQUIRE(followed().incidents.size() == 1);
  const auto& incident = followed().incidents[0];
  CHECK(incident.root.receivers == Names{"Gmail"});
  CHECK(incident.root.categories.empty());
  CHECK(incident.root.kinds == std::vector{incidents::Kind::authentication});
  CHECK(incident.members.size() >= 2);
  CHECK(incident.worstRule == "delivery-rate");
  CHECK(notified() == Names{"1 opened"});
  fails = nullptr;
  pass(90min);
  CHECK(followed().incidents[0].state == State::resolved);
  CHECK(notified() == Names{"1 opened", "1 resolved"});
}

TEST_CASE_METHOD(Fixture,
                 "on whose side an incident is, is notified once more where that turns out otherwise") {
  stalls = true;
  pass(40min);
  REQUIRE(followed().incidents.size() == 1);
  REQUIRE(notified().front() == "1 opened");
  const auto before = notified();
  // SendGrid announces a trouble of its own: whose side it is, and what is to be done, is another thing now.
  statuspage::StatusSummary announced;
  announced.indicator = statuspage::Indicator::major;
  announced.description = "Partial System Outage";
  auto& trouble = announced.incidents.emplace_back();
  trouble.name = "Delayed delivery of mail";
  trouble.status = "investigating";
  trouble.impact = statuspage::Indicator::major;
  trouble.concerns = true;
  for (int minute = 0; minute < 60; ++minute) {
    owners().provider().read(announced, clock.now());
    pass(1min);
  }
  const auto names = notified();
  CHECK(std::count(names.begin(), names.end(), "1 corrected") == 1);
  const auto rows = owners().outbox().waiting("team", 1000).value();
  const auto corrected =
      std::ranges::find_if(rows, [](const auto& row) { return row.change.ends_with("-corrected"); });
  REQUIRE(corrected != rows.end());
}

TEST_CASE_METHOD(Fixture, "two causes are two conversations") {
  fails = toGmail;
  pass(20min);
  fails = [](const std::string& category, const std::string& domain, int mail) {
    return toGmail(category, domain, mail) || (domain == "docomo.ne.jp" && mail % 3 != 0);
  };
  pass(20min);
  REQUIRE(followed().incidents.size() >= 1);
  // A cause that spreads over receivers is one: authentication is of this kind.
  CHECK(notified().front() == "1 opened");
  for (const auto& name : notified()) CHECK_FALSE((name.find('@') != std::string::npos));
}

TEST_CASE_METHOD(Fixture, "a restart in the middle of an incident notifies nothing twice") {
  fails = toGmail;
  pass(15min);
  const auto before = followed();
  CHECK(notified() == Names{"1 opened"});
  restart();
  CHECK(followed() == before);
  pass(15min);
  CHECK(notified() == Names{"1 opened"});
  fails = nullptr;
  restart();
  pass(90min);
  CHECK(notified() == Names{"1 opened", "1 resolved"});
  restart();
  pass(5min);
  CHECK(notified() == Names{"1 opened", "1 resolved"});
}

TEST_CASE_METHOD(Fixture, "an alert that was notified by itself before there were incidents ends by itself") {
  fails = toGmail;
  pass(15min);
  REQUIRE(notified() == Names{"1 opened"});
  // As a version without incidents would have left it.
  execute("DELETE FROM incidents");
  execute("DELETE FROM incidents_rest");
  restart();
  pass(5min);
  CHECK(followed().incidents.empty());
  CHECK_FALSE(followed().apart.empty());
  const auto alone = followed().apart;
  fails = nullptr;
  pass(90min);
  CHECK(followed().apart.empty());
  // Four that end at once are one notification, named by the first of them.
  const auto names = notified();
  CHECK(std::count_if(names.begin(), names.end(),
                      [&](const std::string& name) { return name == toText(alone.front()); }) == 1);
}

TEST_CASE_METHOD(Fixture, "where the store refuses, an incident is notified once and stored afterwards") {
  execute("CREATE TRIGGER refuse BEFORE INSERT ON incidents BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  fails = toGmail;
  pass(15min);
  CHECK(owners().outbox().depth()->waiting == 1);
  execute("DROP TRIGGER refuse");
  pass(1min);
  CHECK(notified() == Names{"1 opened"});
  const auto before = followed();
  restart();
  CHECK(followed() == before);
}

TEST_CASE_METHOD(Fixture, "a clock that is set moves incidents with it") {
  fails = toGmail;
  pass(15min);
  const auto before = followed().incidents.at(0);
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(followed().incidents.at(0).openedAt == before.openedAt - 3h);
  restart();
  CHECK(followed().incidents.at(0).openedAt == before.openedAt - 3h);
  pass(5min);
  CHECK(notified() == Names{"1 opened"});
}

TEST_CASE_METHOD(
    Fixture, "without its stream and statistics an incident ends, since nobody can tell whether it is over") {
  fails = toGmail;
  pass(15min);
  REQUIRE(notified() == Names{"1 opened"});
  config.accounts[0].events.reset();
  reload();
  for (int minute = 0; minute < 200; ++minute) {
    clock.advance(1min);
    evaluateRules(owners(), config);
    check();
  }
  CHECK(followed().incidents.at(0).state == State::ended);
  const auto names = notified();
  CHECK(std::count(names.begin(), names.end(), "1 ended") == 1);
}

TEST_CASE_METHOD(Fixture, "an incident whose stream stops goes on by the statistics, under its number") {
  const auto failing = GENERATE(as<std::string>(), "", "tax", "gmail.com");
  CAPTURE(failing);
  hasStatistics = true;
  pass(45min);
  fails = [&](const std::string& category, const std::string& domain, int) {
    return failing.empty() || category == failing || domain == failing;
  };
  pass(30min);
  REQUIRE(followed().incidents.size() == 1);
  const auto opened = notified();
  REQUIRE(opened.front() == "1 opened");
  for (int minute = 0; minute < 235; ++minute) {
    minuteOfStatistics(27, 27);
    REQUIRE(isLive(followed().incidents[0].state));
  }
  CHECK(followed().incidents[0].statisticsSince);
  // All that was notified since is of this incident, or that the stream is silent.
  for (const auto& incident : followed().incidents)
    if (incident.number != 1) CHECK(incident.root.family == incidents::Family::rule);
  for (const auto& incident : followed().incidents) CHECK((incident.notified && !incident.notified->closed));
  // What an alert said in its own words is not corrected to the same.
  for (const auto& name : notified()) CHECK((name.starts_with("1 ") || !name.ends_with(" corrected")));
  for (int minute = 0; minute < 90; ++minute) minuteOfStatistics(27, 0);
  CHECK(followed().incidents[0].state == State::resolved);
  const auto names = notified();
  CHECK(std::count(names.begin(), names.end(), "1 resolved") == 1);
}

TEST_CASE_METHOD(Fixture,
                 "an incident that somebody takes care of is not reminded of, and that survives a restart") {
  config.reminders = {30min, 1h};
  fails = toGmail;
  pass(15min);
  REQUIRE(notified() == Names{"1 opened"});
  CHECK(acknowledge(owners(), config, {7, "Sato", "asked the DNS team"}).error().kind ==
        Error::Kind::notFound);
  CHECK(acknowledge(owners(), config, {1, "", "asked the DNS team"}).error().kind == Error::Kind::invalid);
  CHECK(acknowledge(owners(), config, {1, "Sato", ""}).error().kind == Error::Kind::invalid);
  CHECK(acknowledge(owners(), config, {1, "Sato", "x", 31 * 24h}).error().kind == Error::Kind::invalid);
  CHECK(acknowledge(owners(), config, {1, "Sato", "x", -1h}).error().kind == Error::Kind::invalid);
  for (const auto* blank : {" ", "\t", "\u200B", "\u3000"}) {
    CHECK(acknowledge(owners(), config, {1, blank, "x"}).error().kind == Error::Kind::invalid);
    CHECK(acknowledge(owners(), config, {1, "Sato", blank}).error().kind == Error::Kind::invalid);
  }
  CHECK(unacknowledge(owners(), config, 1).error().kind == Error::Kind::invalid);
  CHECK(notified() == Names{"1 opened"});
  // What would be forgotten at the next start is no answer.
  memory->health.record("alerts", Error{Error::Kind::diskFull, "full", Party::storage});
  CHECK(acknowledge(owners(), config, {1, "Sato", "asked the DNS team", 1h}).error().kind ==
        Error::Kind::diskFull);
  CHECK_FALSE(owners().incidents().find(1)->acknowledged);
  memory->health.record("alerts", done());
  REQUIRE(acknowledge(owners(), config, {1, "Sato", "asked the DNS team", 1h}));
  restart();
  const auto& known = owners().incidents().find(1)->acknowledged;
  REQUIRE(known);
  CHECK(known->by == "Sato");
  CHECK(known->until == clock.now() + 1h);
  CHECK(notified() == Names{"1 opened", "1 acknowledged"});
  pass(55min);
  CHECK(reminders() == 0);
  publish(owners(), config);
  CHECK(exposes("arrivald_incidents_acknowledged{account=\"main\"} 1"));
  SECTION("until its time is over") {
    pass(10min);
    CHECK(reminders() == 1);
  }
  SECTION("of which nobody is notified while it is silenced") {
    AddSilence asked;
    asked.incident = 1;
    asked.by = "Sato";
    asked.why = "known";
    asked.length = "40m";
    REQUIRE(addSilence(owners(), config, asked));
    const auto before = notified();
    REQUIRE(unacknowledge(owners(), config, 1));
    CHECK(notified() == before);
  }
  SECTION("or until nobody does any more") {
    REQUIRE(unacknowledge(owners(), config, 1));
    CHECK(notified().back() == "1 unacknowledged");
    CHECK(unacknowledge(owners(), config, 1).error().kind == Error::Kind::invalid);
    pass(1min);
    CHECK(reminders() == 1);
  }
}

TEST_CASE_METHOD(Fixture,
                 "an incident whose rules are switched off is no longer watched, not back to usual") {
  hasStatistics = true;
  pass(45min);
  config.accounts[0].events.reset();
  reload();
  for (int minute = 0; minute < 60; ++minute) minuteOfStatistics(27, 0);
  for (int minute = 0; minute < 30; ++minute) minuteOfStatistics(27, 20);
  REQUIRE(followed().incidents.size() == 1);
  REQUIRE(followed().incidents[0].byAlerts);
  config.rules.clear();
  reload();
  minuteOfStatistics(27, 20);
  CHECK(followed().incidents[0].state == State::ended);
  const IncidentViews views(owners(), config, Language::english);
  CHECK(views.rows().at(0).state == "Ended");
  CHECK(views.rows().at(0).headline.starts_with("No longer watched"));
}

TEST_CASE_METHOD(Fixture, "incidents are listed and shown as JSON and as lines, and counted in metrics") {
  const auto english = Language::english;
  CHECK(IncidentViews(owners(), config, english).rows().empty());
  fails = toGmail;
  pass(15min);
  publish(owners(), config);
  CHECK(exposes("arrivald_incidents_open{account=\"main\",severity=\"critical\"} 1"));
  CHECK(exposes("arrivald_incidents_open{account=\"main\",severity=\"warning\"} 0"));
  CHECK(exposes("arrivald_incidents_opened_total{account=\"main\"} 1"));
  const auto all = nlohmann::json::parse(incidentsJson(owners(), config, english));
  REQUIRE(all["incidents"].size() == 1);
  CHECK(all["incidents"][0]["number"] == 1);
  CHECK(all["incidents"][0]["state"] == "open");
  CHECK(all["incidents"][0]["root"]["receivers"] == nlohmann::json({"Gmail"}));
  CHECK(all["incidents"][0]["root"]["kinds"] == nlohmann::json({"auth_failure"}));
  const auto one = nlohmann::json::parse(incidentJson(owners(), config, 1, english).value());
  CHECK(one["members"].size() == followed().incidents[0].members.size());
  CHECK(one["receivers"][0]["name"] == "Gmail");
  CHECK(one["messages"][0]["channel"] == "team");
  CHECK(one["messages"][0]["state"] == "waiting");
  CHECK(incidentJson(owners(), config, 9, english).error().kind == Error::Kind::notFound);
  const auto status = nlohmann::json::parse(statusJson(owners(), config, "1", {}));
  REQUIRE(status["incidents"].size() == 1);
  CHECK(status["incidents"][0]["number"] == 1);
  const auto explained = explainAlerts(owners(), config, {"delivery-rate", "", "", english});
  REQUIRE(explained);
  CHECK(explained->find("incident #1") != std::string::npos);
  const IncidentViews views(owners(), config, english);
  REQUIRE(views.rows().size() == 1);
  CHECK(views.rows()[0].headline.find("Gmail") != std::string::npos);
  REQUIRE(views.page(1));
  CHECK(views.page(1)->members.size() == followed().incidents[0].members.size());
  CHECK_FALSE(views.page(9));
}

TEST_CASE_METHOD(Fixture,
                 "what is silenced is followed and shown, and notified when its silence ends on it") {
  AddSilence asked;
  asked.match.receiver = "Gmail";
  asked.by = "Sato";
  asked.why = "known";
  asked.length = "40m";
  REQUIRE(addSilence(owners(), config, asked));
  fails = toGmail;
  pass(20min);
  REQUIRE(followed().incidents.size() == 1);
  CHECK(followed().incidents[0].silenced);
  CHECK(notified().empty());
  CHECK_FALSE(IncidentViews(owners(), config, Language::english).rows().at(0).silenced.empty());
  restart();
  pass(10min);
  CHECK(notified() == Names{"1 silence_ends"});
  SECTION("by its time") {
    pass(15min);
    CHECK(notified() == Names{"1 silence_ends", "1 opened"});
  }
  SECTION("or by a command") {
    REQUIRE(endSilence(owners(), config, 1));
    pass(1min);
    CHECK(notified() == Names{"1 silence_ends", "1 opened"});
  }
  SECTION("or never, where it is over before") {
    fails = nullptr;
    pass(90min);
    CHECK(followed().incidents[0].state == State::resolved);
    CHECK(notified() == Names{"1 silence_ends"});
  }
}

TEST_CASE_METHOD(Fixture, "a warning outside office hours waits for them, and is said in one message") {
  config.zone = TimeZone();
  calendar::Hours hours;
  // It opens in an hour, whatever the day.
  hours.days.fill(true);
  const auto opens = std::chrono::floor<std::chrono::minutes>(clock.now() + 1h) -
                     std::chrono::floor<std::chrono::days>(clock.now() + 1h);
  hours.from = std::chrono::duration_cast<std::chrono::minutes>(opens);
  hours.to = std::chrono::hours(24);
  config.hours.emplace("office", hours);
  config.routes.at(0).hours = "office";
  for (auto& rule : config.rules)
    if (auto* kind = std::get_if<rules::RateThreshold>(&rule.kind)) kind->critical.reset();
  fails = [](const std::string&, const std::string& domain, int mail) {
    return domain == "docomo.ne.jp" && mail % 5 == 0;
  };
  pass(40min);
  REQUIRE(followed().incidents.size() == 1);
  CHECK(followed().incidents[0].severity == rules::Severity::warning);
  CHECK(followed().incidents[0].notified);
  CHECK(notified().empty());
  CHECK(followed().held.size() == 1);
  restart();
  CHECK(followed().held.size() == 1);
  pass(25min);
  CHECK(followed().held.empty());
  REQUIRE(notified().size() == 1);
  CHECK_THAT(notified()[0], Catch::StartsWith("held-team"));
}
