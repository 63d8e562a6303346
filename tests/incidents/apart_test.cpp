// Where each alert is notified.
#include "incidents/apart.hpp"
#include "incidents/incident_json.hpp"

#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;
using rules::Alert;
using Of = rules::Change::Kind;

Alert notifiedAlert() {
  Alert alert = rateAlert(receiver("Gmail"), 30, 100, kNoon);
  alert.notified = true;
  return alert;
}
rules::Change change(const Alert& alert, Of kind) { return {"id", kind, kNoon, alert, {}}; }
Followed withMember(const Alert& alert) {
  Followed state;
  Incident& incident = state.incidents.emplace_back();
  incident.number = state.lastNumber = 1;
  incident.account = "town";
  incident.members = {alert.key};
  return state;
}

}  // namespace

TEST_CASE("What an incident has is not notified by itself, nor is its end") {
  const Alert alert = notifiedAlert();
  const Followed before = withMember(alert);
  for (const auto kind : {Of::fired, Of::worsened, Of::reminded, Of::flapping}) {
    Followed after = before;
    CHECK(notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, kind)}, kNoon).empty());
  }
  Alert over = alert;
  over.state = rules::AlertState::resolved;
  Followed after = before;
  after.incidents[0].members.clear();
  CHECK(notifiedApart(before, after, std::vector{over}, std::vector{change(over, Of::resolved)}, kNoon)
            .empty());
}

TEST_CASE("An alert that sees far more than its incident could count without the stream is notified itself") {
  Alert alert = rateAlert(account(), 90, 100, kNoon);
  alert.notified = true;
  Followed state = withMember(alert);
  Incident& incident = state.incidents[0];
  incident.numbers = {100, 20, 1};
  incident.notified.emplace();
  incident.notified->share = 0.2;
  incident.notified->last = kNoon - 10min;
  const auto told = [&](Of kind) {
    return notifiedApart(state, state, std::vector{alert}, std::vector{change(alert, kind)}, kNoon).size();
  };
  CHECK(told(Of::worsened) == 0);
  incident.statisticsSince = incident.statisticsUntil = kNoon - 15min;
  CHECK(told(Of::worsened) == 1);
  CHECK(incident.notified->share == Approx(0.9));
  CHECK(incident.notified->severity == alert.severity);
  // Others that see the same mail have nothing to add, and one reminder is enough.
  CHECK(told(Of::worsened) == 0);
  CHECK(told(Of::fired) == 0);
  CHECK(told(Of::reminded) == 0);
  incident.notified->last = kNoon - 4h;
  CHECK(told(Of::reminded) == 1);
  CHECK(told(Of::reminded) == 0);
  incident.state = State::resolved;
  CHECK(told(Of::worsened) == 0);
}

TEST_CASE("Of an incident that is notified by its alerts, their changes bear its number") {
  const Alert alert = notifiedAlert();
  Followed before = withMember(alert);
  before.incidents[0].byAlerts = true;
  Followed after = before;
  auto notified =
      notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, Of::fired)}, kNoon);
  REQUIRE(notified.size() == 1);
  CHECK(notified[0].number == 1);
  REQUIRE(after.incidents[0].notified);
  CHECK_FALSE(after.incidents[0].notified->closed);
  SECTION("but for reminders while somebody takes care of it") {
    CHECK(notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, Of::reminded)}, kNoon)
              .size() == 1);
    after.incidents[0].acknowledged =
        Acknowledged{"Sato", "asked", kNoon - 1min, kNoon + 1h, rules::Severity::critical, {}};
    CHECK(notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, Of::reminded)}, kNoon)
              .empty());
  }
  SECTION("up to its end") {
    after.incidents[0].members.clear();
    after.incidents[0].state = State::resolved;
    notified = notifiedApart(before, after, {}, std::vector{change(alert, Of::resolved)}, kNoon);
    REQUIRE(notified.size() == 1);
    CHECK(notified[0].number == 1);
    CHECK(after.incidents[0].notified->closed);
  }
}

TEST_CASE("An alert that comes and goes is told as over under the number that it was told with") {
  Alert alert = notifiedAlert();
  alert.flapping = true;
  Followed before = withMember(alert);
  before.incidents[0].byAlerts = true;
  Followed after = before;
  auto notified =
      notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, Of::flapping)}, kNoon);
  REQUIRE(notified.size() == 1);
  CHECK(notified[0].number == 1);
  // Its incident ends with it, long before it has been steady.
  before = after;
  alert.state = rules::AlertState::resolved;
  after.incidents[0].members.clear();
  after.incidents[0].state = State::resolved;
  CHECK(notifiedApart(before, after, std::vector{alert}, {}, kNoon).empty());
  REQUIRE(restFromJson(restToJson(after), before = {}).ok());
  CHECK(before.flapping == after.flapping);
  before = after;
  alert.state = rules::AlertState::inactive;
  alert.flapping = false;
  notified =
      notifiedApart(before, after, std::vector{alert}, std::vector{change(alert, Of::resolved)}, kNoon);
  REQUIRE(notified.size() == 1);
  CHECK(notified[0].number == 1);
  CHECK(after.flapping.empty());
}

TEST_CASE("The end of one of an incident's alerts tells which others go on") {
  const Alert alert = notifiedAlert();
  Alert other = rateAlert(receiver("docomo"), 30, 100, kNoon);
  other.notified = true;
  Followed before = withMember(alert);
  before.incidents[0].byAlerts = true;
  before.incidents[0].members.push_back(other.key);
  Followed after = before;
  after.incidents[0].members = {other.key};
  auto notified =
      notifiedApart(before, after, std::vector{other}, std::vector{change(alert, Of::resolved)}, kNoon);
  REQUIRE(notified.size() == 1);
  CHECK(notified[0].number == 1);
  CHECK(notified[0].goOn == std::vector{other.key});
  CHECK_FALSE(after.incidents[0].notified->closed);
  SECTION("the last tells none") {
    before = after;
    after.incidents[0].members.clear();
    after.incidents[0].state = State::resolved;
    notified = notifiedApart(before, after, {}, std::vector{change(other, Of::resolved)}, kNoon);
    REQUIRE(notified.size() == 1);
    CHECK(notified[0].goOn.empty());
    CHECK(after.incidents[0].notified->closed);
  }
  SECTION("nor does one that worsens") {
    after = before;
    notified = notifiedApart(before, after, std::vector{alert, other},
                             std::vector{change(alert, Of::worsened)}, kNoon);
    REQUIRE(notified.size() == 1);
    CHECK(notified[0].goOn.empty());
  }
}

TEST_CASE("An incident of alerts that opens without a change of its alert is notified as firing now") {
  const Alert alert = notifiedAlert();
  Followed state = withMember(alert);
  state.incidents[0].byAlerts = true;
  const auto silent = notifiedApart({}, state, std::vector{alert}, {}, kNoon);
  REQUIRE(silent.size() == 1);
  CHECK(silent[0].number == 1);
  CHECK(silent[0].change.kind == Of::fired);
  CHECK(silent[0].change.alert.key == alert.key);
  CHECK(notifiedApart(state, state, std::vector{alert}, {}, kNoon).empty());
  SECTION("and again when it opens once more") {
    state.incidents[0].notified->closed = true;
    const auto again = notifiedApart(state, state, std::vector{alert}, {}, kNoon);
    REQUIRE(again.size() == 1);
    CHECK(again[0].change.id != silent[0].change.id);
  }
  SECTION("but not while it sees nothing bad, is muted or comes and goes") {
    state.incidents[0].notified.reset();
    Alert other = alert;
    SECTION("not bad now") { other.lastBad -= 1min; }
    SECTION("muted") { other.mutedBy = "stall@town"; }
    SECTION("flapping") { other.flapping = true; }
    CHECK(notifiedApart(state, state, std::vector{other}, {}, kNoon).empty());
  }
}

TEST_CASE("An alert that outlasts an incident of which nobody was notified is notified by itself") {
  const Alert alert = notifiedAlert();
  Followed state = withMember(alert);
  state.incidents[0].state = State::resolved;
  state.incidents[0].endedAt = kNoon - 59min;
  CHECK(notifiedApart(state, state, std::vector{alert}, {}, kNoon).empty());
  state.incidents[0].endedAt = kNoon - 60min;
  const auto notified = notifiedApart(state, state, std::vector{alert}, {}, kNoon);
  REQUIRE(notified.size() == 1);
  CHECK(notified[0].number == 0);
  CHECK(state.apart == std::vector{alert.key});
  CHECK(state.incidents[0].members.empty());
}

TEST_CASE("What no incident has or waits for is notified by itself") {
  const Alert alert = notifiedAlert();
  Followed after;
  CHECK(notifiedApart({}, after, std::vector{alert}, std::vector{change(alert, Of::fired)}, kNoon).size() ==
        1);
  after.unexplained = {{alert.key, kNoon, 0}};
  CHECK(notifiedApart({}, after, std::vector{alert}, std::vector{change(alert, Of::fired)}, kNoon).empty());
}

TEST_CASE("An alert that was notified by itself stays apart until it ends") {
  Alert alert = notifiedAlert();
  Followed state;
  setApart(state, std::vector{alert}, std::vector{change(alert, Of::fired)});
  CHECK(state.apart.empty());  // this look decides
  setApart(state, std::vector{alert}, {});
  CHECK(state.apart == std::vector{alert.key});
  alert.state = rules::AlertState::resolved;
  Followed after = state;
  CHECK(notifiedApart(state, after, std::vector{alert}, std::vector{change(alert, Of::resolved)}, kNoon)
            .size() == 1);
  CHECK(after.apart.empty());
}

TEST_CASE("An alert that begins again as one that comes and goes is not set apart") {
  const Alert alert = notifiedAlert();
  Followed state;
  setApart(state, std::vector{alert}, std::vector{change(alert, Of::flapping)});
  CHECK(state.apart.empty());
}

TEST_CASE("An account whose mail is not known any more has no incident left") {
  const Alert alert = notifiedAlert();
  Followed state = withMember(alert);
  state.unexplained = {{{"overdue", receiver("au")}, kNoon, 0}};
  CHECK(release(state, "other", kNoon).empty());
  const auto changes = release(state, "town", kNoon);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == Change::Kind::ended);
  CHECK(state.incidents[0].state == State::ended);
  CHECK(state.unexplained.empty());
  setApart(state, std::vector{alert}, {});
  CHECK(state.apart == std::vector{alert.key});
}

}  // namespace arrivald::incidents
