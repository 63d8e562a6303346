// An incident as pages and commands show it.
#include "watch/incident_model.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace arrivald;
using namespace arrivald::watch;
using namespace std::chrono_literals;
using incidents::Incident;
using incidents::State;
using pages::Weight;

namespace {

const Instant kNow = parseIso("2026-11-24T02:06:00Z").value();

Incident gmail(std::int64_t number = 128, State state = State::open) {
  Incident one;
  one.number = number;
  one.account = "main";
  one.root = {.receivers = {"Gmail"}, .kinds = {incidents::Kind::authentication}};
  one.state = state;
  one.severity = rules::Severity::critical;
  one.began = kNow - 20min;
  one.openedAt = kNow - 15min;
  one.since = kNow - 10min;
  one.lastBad = kNow - 10min;
  one.numbers = {39, 11, 0.2};
  one.worst = one.numbers;
  one.window = 20min;
  one.affected.categories = {{"", {4, 1, 0}}, {"notice", {35, 10, 0}}};
  one.affected.receivers = {{"Gmail", {39, 11, 0}}};
  one.members = {{"delivery-rate", {"main", delivery::Dimension::domainGroup, "Gmail"}}};
  if (state == State::resolved) one.goodSince = kNow - 8min;
  return one;
}

IncidentAround around() {
  IncidentAround known;
  known.context.around.zone = TimeZone::find("Asia/Tokyo").value();
  known.context.around.now = kNow;
  return known;
}

}  // namespace

TEST_CASE("incidents are shown open ones first, of each kind the latest first") {
  const std::vector<Incident> all{gmail(1, State::resolved), gmail(2), gmail(3, State::ended), gmail(4)};
  std::vector<std::int64_t> numbers;
  for (const auto* one : shownIncidents(all, 3)) numbers.push_back(one->number);
  CHECK(numbers == std::vector<std::int64_t>{4, 2, 3});
}

TEST_CASE("a row has the words of the incident's notification") {
  const auto row = incidentRow(gmail(), around().context, Language::english);
  CHECK(row.weight == Weight::critical);
  CHECK(row.state == "Critical");
  CHECK(row.href == "/incident/128");
  CHECK(row.headline == "28 % of mail to Gmail is refused: authentication of our domain fails");
  CHECK(row.side.starts_with("Probably ours"));
  CHECK_FALSE(row.next.empty());
  CHECK_FALSE(row.until);
  CHECK(row.acknowledged.empty());
}

TEST_CASE("who has acknowledged an incident stands in its row") {
  auto context = around().context;
  context.acknowledged = notify::Acknowledgement{"on-call", "asked the DNS team", kNow, kNow + 84min};
  CHECK(incidentRow(gmail(), context, Language::english).acknowledged ==
        "on-call is on it until 12:30 JST: asked the DNS team");
  // One that is told by its alert, too.
  rules::Change told;
  told.alert.key = {"delivery-rate", {"main", delivery::Dimension::account, ""}};
  told.alert.beganAt = kNow - 10min;
  told.reason.evidence = rules::RateEvidence{.mails = {6, 20}, .window = 10min};
  context.alert = told;
  auto byAlert = gmail();
  byAlert.byAlerts = true;
  CHECK(incidentRow(byAlert, context, Language::english).acknowledged ==
        "on-call is on it until 12:30 JST: asked the DNS team");
}

TEST_CASE("an incident that looks over or is over looks so") {
  auto quiet = gmail(128, State::quiet);
  quiet.goodSince = kNow - 5min;
  const auto passing = incidentRow(quiet, around().context, Language::english);
  CHECK(passing.weight == Weight::recovering);
  CHECK(passing.headline == "Passing: mail to Gmail");
  const auto over = incidentRow(gmail(128, State::resolved), around().context, Language::english);
  CHECK(over.weight == Weight::over);
  CHECK(over.state == "Resolved");
  CHECK(over.until == kNow - 8min);
  CHECK(over.side.empty());
  CHECK(over.next.empty());
}

TEST_CASE("the course is shown by minutes from before the beginning, by hours where these are not known") {
  auto known = around();
  for (int i = 0; i < 90; ++i) known.minutes.push_back({2, i < 69 ? 0.0 : 1.0, 0});
  auto page = incidentPage(gmail(), known, "", Language::english);
  CHECK(page.each == Duration(5min));
  REQUIRE(page.course.size() == 8);
  CHECK(page.course[0].begin == kNow - 35min);
  CHECK(page.course[0].mails == 10);
  CHECK(page.course[0].bad == 0);
  CHECK(page.course[3].bad == 5);
  auto old = gmail();
  old.began = kNow - 10h;
  const auto hour = parseIso("2026-11-23T16:00:00Z").value();
  old.hours = {{hour, {10, 5, 0}}, {hour + 3h, {20, 2, 0}}};
  page = incidentPage(old, known, "", Language::english);
  CHECK(page.each == Duration(1h));
  REQUIRE(page.course.size() == 4);
  CHECK(page.course[2].mails == 0);
  CHECK(page.course[3].bad == 2);
}

TEST_CASE("a page has who is hit, the alerts, and the way to the desk") {
  auto known = around();
  rules::Alert alert;
  alert.key = gmail().members[0];
  alert.beganAt = kNow - 18min;
  alert.evidence = rules::RateEvidence{.mails = {11, 39}, .threshold = rules::BadShare(0.05)};
  known.alerts = {alert};
  const auto page = incidentPage(gmail(), known, "https://desk.example.jp/", Language::english);
  REQUIRE(page.categories.size() == 2);
  CHECK(page.categories[0].name == "notice");
  CHECK(page.categories[1].name == "uncategorised");
  REQUIRE(page.members.size() == 1);
  CHECK(page.members[0].value == "71.8 % (limit: at least 95.0 %)");
  CHECK(page.members[0].since == kNow - 18min);
  REQUIRE(page.links.size() == 1);
  CHECK(page.links[0].href ==
        "https://desk.example.jp/?from=2026-11-24&to=2026-11-24&group=Gmail&cause=auth_failure");
  CHECK(page.commands[0].line == "arrivald explain-alert delivery-rate");
  CHECK(incidentPage(gmail(), known, "", Language::english).links.empty());
}

TEST_CASE("an incident of a rule of its own says nothing of mail") {
  Incident one = gmail();
  one.root = {.family = incidents::Family::rule, .rule = "not-readable"};
  one.numbers = one.worst = {};
  one.affected = {};
  for (const auto state : {State::open, State::resolved}) {
    one.state = state;
    const auto page = incidentPage(one, around(), "https://desk.example.jp", Language::english);
    CHECK(page.headline.find("unreadable statistics") != std::string::npos);
    CHECK(page.sentence.find("mail") == std::string::npos);
    CHECK(page.side.empty());
    CHECK(page.next.empty());
    CHECK(page.links.empty());
  }
}

TEST_CASE("the answers hold what the pages show, and times as instants") {
  const auto zone = TimeZone::find("Asia/Tokyo").value();
  const auto list = nlohmann::json::parse(
      toJson({incidentRow(gmail(), around().context, Language::english)}, Language::english, zone, kNow));
  CHECK(list["language"] == "en");
  CHECK(list["time_zone"] == "Asia/Tokyo");
  REQUIRE(list["incidents"].size() == 1);
  CHECK(list["incidents"][0]["number"] == 128);
  CHECK(list["incidents"][0]["open"] == true);
  CHECK(list["incidents"][0]["since"] == "2026-11-24T01:46:00Z");
  CHECK_FALSE(list["incidents"][0].contains("until"));
  auto known = around();
  known.messages = {{kNow, "on-call", "[Critical · #128] …", "delivered"}};
  const auto one = nlohmann::json::parse(toJson(incidentPage(gmail(), known, "", Language::english)));
  CHECK(one["incident"]["account"] == "main");
  CHECK(one["incident"]["receivers"][0]["bad"] == 11);
  CHECK(one["incident"]["messages"][0]["channel"] == "on-call");
  CHECK(one["incident"]["members"][0]["rule"] == "delivery-rate");
}
