// Which channels a notice of an incident reaches, and under which id.
#include "notify/plan_incidents.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;

namespace {

constexpr Instant kAt{std::chrono::sys_days(std::chrono::year(2026) / 5 / 26) + 3h};

NoticeContext notice(rules::Severity severity,
                     incidents::Notice::Kind kind = incidents::Notice::Kind::opened) {
  NoticeContext made;
  auto& incident = made.notice.incident;
  incident.number = 128;
  incident.account = "main";
  incident.root.receivers = {"Gmail"};
  incident.severity = incident.worstSeverity = severity;
  incident.worstRule = "delivery-rate";
  incident.numbers = {31, 6, 1};
  incident.window = 10min;
  incident.began = incident.openedAt = incident.since = incident.lastBad = kAt;
  auto& notified = incident.notified.emplace();
  notified.openedAt = kAt;
  notified.severity = severity;
  notified.root = incident.root;
  made.notice.kind = kind;
  made.notice.at = kAt + 5min;
  made.context.around.now = kAt + 5min;
  return made;
}

struct Routes {
  PlanSettings settings;
  Routes() {
    settings.channels = {{"team", Language::english}, {"pager", Language::japanese}};
    settings.routes = {to("team"), to("pager")};
    settings.routes[0].continueMatching = true;
    settings.routes[1].minSeverity = rules::Severity::critical;
  }
  static Route to(const std::string& channel) {
    Route route;
    route.channels = {channel};
    return route;
  }
  std::vector<std::string> channels(const NoticeContext& one) {
    std::vector<std::string> names;
    for (const auto& planned : planIncidents(std::vector{one}, settings)) names.push_back(planned.channel);
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Routes, "routes choose by the gravest severity that was notified of an incident") {
  CHECK(channels(notice(rules::Severity::warning)) == Names{"team"});
  CHECK(channels(notice(rules::Severity::critical)) == Names{"team", "pager"});
  auto ended = notice(rules::Severity::critical, incidents::Notice::Kind::resolved);
  ended.notice.incident.worstSeverity = rules::Severity::warning;
  CHECK(channels(ended) == Names{"team", "pager"});
}

TEST_CASE_METHOD(Routes, "routes choose by the account and by the rule of the gravest alert") {
  settings.routes = {to("pager"), to("pager"), to("team")};
  settings.routes[0].rules = {"stall*"};
  settings.routes[1].accounts = {"other"};
  settings.routes[2].rules = {"delivery-*"};
  CHECK(channels(notice(rules::Severity::critical)) == Names{"team"});
}

TEST_CASE("the id of a notice names its incident, when that was opened, and what happened") {
  const auto one = notice(rules::Severity::critical, incidents::Notice::Kind::worse);
  CHECK(idOf(one.notice) == "incident-128@main#1779764400000.1779764700000-worse");
  Routes routes;
  const auto planned = planIncidents(std::vector{one}, routes.settings);
  REQUIRE(planned.size() == 2);
  CHECK(planned[0].change == idOf(one.notice));
  CHECK(planned[0].notification.id == idOf(one.notice));
  CHECK(planned[0].notification.title.find("Gmail") != std::string::npos);
}
