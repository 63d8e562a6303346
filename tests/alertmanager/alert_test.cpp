// What Alertmanager's API v2 takes: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
#include "alertmanager/alert.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace arrivald;
using namespace arrivald::alertmanager;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-28T03:00:00Z").value();

Alert incident(const std::string& number, const std::string& severity = "warning") {
  Alert alert;
  alert.labels = {{"alertname", "MailIncident"}, {"incident", number}, {"severity", severity}};
  alert.startsAt = kNow - 10min;
  alert.endsAt = kNow + 15min;
  return alert;
}

std::vector<std::string> shown(const std::vector<Alert>& alerts, Instant now) {
  std::vector<std::string> all;
  for (const auto& alert : alerts)
    all.push_back(alert.labels.at("incident") + " " + alert.labels.at("severity") +
                  (alert.endsAt > now ? " goes on" : " over"));
  return all;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an alert is written as the API asks for it") {
  auto alert = incident("128");
  alert.annotations = {{"summary", "#128 Gmail refuses \"our\" mail"}};
  alert.generatorUrl = "https://arrivald.example.jp/incident/128";
  const auto body = nlohmann::json::parse(bodyOf(std::vector{alert}));
  CHECK(body == nlohmann::json::parse(R"([{
    "labels": {"alertname": "MailIncident", "incident": "128", "severity": "warning"},
    "annotations": {"summary": "#128 Gmail refuses \"our\" mail"},
    "startsAt": "2026-11-28T02:50:00Z", "endsAt": "2026-11-28T03:15:00Z",
    "generatorURL": "https://arrivald.example.jp/incident/128"}])"));
}

TEST_CASE("values are cut, cleaned, and left out where they are empty: one bad value loses no alert") {
  auto alert = incident("1");
  alert.labels["receiver"] = std::string(5000, 'x');
  alert.labels["category"] = "";
  alert.annotations = {{"description", "a\x1b[31mb\xff"}, {"long", std::string(100'000, 'y')}};
  const auto body = nlohmann::json::parse(bodyOf(std::vector{alert}));
  CHECK(body[0]["labels"]["receiver"].get<std::string>().size() == 1000);
  CHECK_FALSE(body[0]["labels"].contains("category"));
  CHECK(body[0]["annotations"]["long"].get<std::string>().size() == 4000);
  CHECK(body[0]["annotations"]["description"].get<std::string>().find('\x1b') == std::string::npos);
  CHECK_FALSE(body[0].contains("generatorURL"));
}

TEST_CASE("what no longer goes on is posted with its end for five minutes") {
  Posted posted;
  CHECK(shown(posted.update({incident("1"), incident("2")}, {}, kNow), kNow) ==
        Texts{"1 warning goes on", "2 warning goes on"});
  CHECK(shown(posted.update({incident("2")}, {}, kNow + 30s), kNow + 30s) ==
        Texts{"2 warning goes on", "1 warning over"});
  CHECK(shown(posted.update({incident("2")}, {}, kNow + 5min), kNow + 5min).size() == 2);
  CHECK(shown(posted.update({incident("2")}, {}, kNow + 6min), kNow + 6min) == Texts{"2 warning goes on"});
}

TEST_CASE("another label is another alert: the former ends as the new one begins") {
  Posted posted;
  posted.update({incident("1")}, {}, kNow);
  CHECK(shown(posted.update({incident("1", "critical")}, {}, kNow + 1min), kNow + 1min) ==
        Texts{"1 critical goes on", "1 warning over"});
  // Back again: it is not told as over while it goes on.
  CHECK(shown(posted.update({incident("1")}, {}, kNow + 2min), kNow + 2min) ==
        Texts{"1 warning goes on", "1 critical over"});
}

TEST_CASE("an end that was stored is told after a restart, once for each alert") {
  auto over = incident("7");
  over.endsAt = kNow - 1min;
  Posted posted;
  CHECK(shown(posted.update({}, {over}, kNow), kNow) == Texts{"7 warning over"});
  posted.update({incident("8")}, {}, kNow);
  auto ended = incident("8");
  ended.endsAt = kNow;
  CHECK(shown(posted.update({}, {ended}, kNow + 1min), kNow + 1min) == Texts{"8 warning over"});
}

TEST_CASE("ends are forgotten after a step of the clock, and there are never too many alerts") {
  Posted posted;
  posted.update({incident("1")}, {}, kNow);
  posted.update({}, {}, kNow);
  CHECK(posted.update({}, {}, kNow - 1h).empty());
  std::vector<Alert> many;
  for (int i = 0; i < 3000; ++i) many.push_back(incident(std::to_string(i)));
  CHECK(posted.update(many, {}, kNow).size() == Posted::kMaxAlerts);
  CHECK(posted.update({}, many, kNow).size() == Posted::kMaxAlerts);
}
