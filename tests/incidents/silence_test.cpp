// What a silence matches, and what is notified of it.
#include "incidents/silence.hpp"

#include <catch2/catch.hpp>

#include "incidents/apart.hpp"
#include "incidents/mails.hpp"
#include "incidents/notices.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;
using All = std::vector<std::string>;
using Of = rules::Change::Kind;

Incident refusal() {
  Incident one;
  one.number = 1;
  one.account = "town";
  one.root = {.categories = {"notice"}, .receivers = {"Gmail"}, .kinds = {Kind::authentication}};
  one.openedAt = one.since = one.began = one.lastBad = one.rootSince = kNoon;
  one.severity = one.worstSeverity = rules::Severity::critical;
  one.members = {{"delivery-rate", receiver("Gmail")}, {"drop-rate", receiver("Gmail")}};
  one.worstRule = "delivery-rate";
  one.numbers = {100, 10, 1};
  return one;
}

Silence silenceOf(const rules::Matcher& match, Duration length = 8h) {
  Silence one;
  one.id = 1;
  one.match = match;
  one.by = "Sato";
  one.why = "known";
  one.created = one.begin = kNoon;
  one.end = kNoon + length;
  return one;
}

rules::Matcher matcher(std::string rules::Matcher::* field, const char* glob) {
  rules::Matcher match;
  match.*field = glob;
  return match;
}

// One incident under one silence, and what is notified of it minute by minute.
struct Course {
  Followed state;
  Instant now = kNoon;
  All all;
  explicit Course(const Silence& silence) {
    state.incidents.push_back(refusal());
    state.silences.push_back(silence);
  }
  Incident& incident() { return state.incidents.front(); }
  void pass(Duration time, bool bad = true) {
    for (const Instant until = now + time; now < until; now += 1min) {
      if (bad) incident().lastBad = now;
      for (const Notice& notice : notices(state, {}, now))
        all.push_back(arrivald::toText(now - kNoon) + " " + std::string(name(notice.kind)));
    }
  }
  void enter(State to) {
    incident().state = to;
    incident().since = now;
  }
};

const auto kGmail = matcher(&rules::Matcher::receiver, "Gmail");

}  // namespace

TEST_CASE("A silence matches an incident if all that it is about is meant") {
  using M = rules::Matcher;
  const auto one = refusal();
  CHECK(silences(silenceOf(matcher(&M::account, "to*")), one));
  CHECK(silences(silenceOf(matcher(&M::receiver, "Gm*")), one));
  CHECK(silences(silenceOf(matcher(&M::category, "notice")), one));
  CHECK(silences(silenceOf(matcher(&M::cause, "auth*")), one));
  CHECK(silences(silenceOf(matcher(&M::rule, "*-rate")), one));
  CHECK(silences(silenceOf(matcher(&M::subject, "town/domain_group/Gmail")), one));
  CHECK_FALSE(silences(silenceOf(matcher(&M::account, "other")), one));
  CHECK_FALSE(silences(silenceOf(matcher(&M::receiver, "docomo")), one));
  CHECK_FALSE(silences(silenceOf(matcher(&M::rule, "delivery-rate")), one));  // and of another rule
  CHECK_FALSE(silences(silenceOf(matcher(&M::subject, "town")), one));
  CHECK_FALSE(silences(silenceOf({}), one));  // what means nothing silences nothing
  Incident wider = one;
  wider.root.receivers = {"Gmail", "docomo"};
  CHECK_FALSE(silences(silenceOf(kGmail), wider));
  wider.root.receivers.clear();  // all of them
  CHECK_FALSE(silences(silenceOf(kGmail), wider));
  Silence byNumber;
  byNumber.incident = 1;
  CHECK(silences(byNumber, wider));
  byNumber.incident = 2;
  CHECK_FALSE(silences(byNumber, wider));
}

TEST_CASE("A silence matches an alert by its rule and subject") {
  using M = rules::Matcher;
  const rules::AlertKey gmail{"delivery-rate", receiver("Gmail")}, whole{"stall", account()};
  CHECK(silences(silenceOf(kGmail), gmail));
  CHECK_FALSE(silences(silenceOf(kGmail), whole));  // it is about all receivers
  CHECK(silences(silenceOf(matcher(&M::rule, "st*")), whole));
  CHECK(silences(silenceOf(matcher(&M::subject, "town")), whole));
  CHECK_FALSE(silences(silenceOf(matcher(&M::category, "Gmail")), gmail));
  CHECK_FALSE(silences(silenceOf(matcher(&M::cause, "*")), gmail));
}

TEST_CASE("What is silenced is not notified, and what begins and ends meanwhile never is") {
  Course course(silenceOf(kGmail));
  course.pass(2h);
  REQUIRE(course.incident().silenced);
  CHECK(course.incident().silenced->by.by == "Sato");
  course.enter(State::resolved);
  course.pass(1h, false);
  CHECK(course.all.empty());
  CHECK_FALSE(course.incident().silenced);
}

TEST_CASE("The end of what was notified before the silence is notified in it") {
  auto silence = silenceOf(kGmail);
  silence.begin = kNoon + 10min;
  Course course(silence);
  course.pass(1h);
  course.enter(State::resolved);
  course.pass(10min, false);
  CHECK(course.all == All{"0s opened", "1h resolved"});
}

TEST_CASE("That a silence will end is notified on what is still bad, and its end as it would have rung") {
  Course course(silenceOf(kGmail));
  course.pass(8h + 10min);
  CHECK(course.all == All{"465m silence_ends", "8h opened"});
}

TEST_CASE("What was notified before the silence is notified again at its end") {
  auto silence = silenceOf(kGmail, 2h);
  silence.begin = kNoon + 10min;
  Course course(silence);
  course.pass(3h);
  CHECK(course.all == All{"0s opened", "105m silence_ends", "2h unsilenced"});
  SECTION("with what is graver instead") {
    Course graver(silence);
    graver.incident().severity = graver.incident().worstSeverity = rules::Severity::warning;
    graver.pass(10min);
    graver.incident().severity = graver.incident().worstSeverity = rules::Severity::critical;
    graver.pass(2h);
    CHECK(graver.all == All{"5m opened", "105m silence_ends", "2h critical"});
  }
}

TEST_CASE("Where nothing is bad any more, the end of a silence is no news") {
  auto silence = silenceOf(kGmail, 2h);
  silence.begin = kNoon + 10min;
  Course course(silence);
  course.pass(30min);
  course.pass(3h, false);
  CHECK(course.all == All{"0s opened"});
}

TEST_CASE("The end of a short silence is not announced, and that of a longer one once") {
  Course course(silenceOf(kGmail, 20min));
  course.pass(30min);
  CHECK(course.all == All{"20m opened"});
  Course extended(silenceOf(kGmail, 2h));
  extended.pass(110min);
  auto longer = silenceOf(kGmail, 4h);
  longer.id = 2;
  extended.state.silences.push_back(longer);
  extended.pass(3h);
  CHECK(extended.all == All{"105m silence_ends", "225m silence_ends", "4h opened"});
}

TEST_CASE("A silence until an incident is over ends with it") {
  Silence silence;
  silence.id = 1;
  silence.incident = 1;
  silence.begin = kNoon;
  silence.end = kNoon + 30 * 24h;
  silence.untilOver = true;
  Course course(silence);
  course.pass(1h);
  course.enter(State::resolved);
  course.pass(10min, false);
  CHECK_FALSE(isActive(course.state.silences.at(0), course.now));
  course.enter(State::open);
  course.pass(10min);
  CHECK(course.all == All{"70m opened"});
  course.pass(4 * 24h);
  CHECK(course.state.silences.empty());
}

TEST_CASE("A maintenance window silences as a silence does") {
  Followed state;
  state.incidents.push_back(refusal());
  NoticePolicy policy;
  policy.maintenance = {silenceOf(kGmail, 1h)};
  policy.maintenance[0].id = 0;
  CHECK(notices(state, {}, kNoon, policy).empty());
  CHECK(state.incidents[0].silenced->by.id == 0);
  policy.maintenance.clear();
  CHECK(notices(state, {}, kNoon + 1min, policy).size() == 1);
}

TEST_CASE("An alert that is notified in its own words is notified once its silence has ended, if it fires") {
  rules::Alert alert = rateAlert(receiver("Gmail"), 30, 100, kNoon);
  alert.changes = 1;
  const auto look = [&](Followed& state, const std::vector<rules::Change>& changes, Instant now) {
    std::vector<std::string> kinds;
    alert.lastBad = now;
    const Followed before = state;
    for (const auto& one : notifiedApart(before, state, std::vector{alert}, changes, now, state.silences))
      kinds.emplace_back(name(one.change.kind));
    return kinds;
  };
  const auto change = [&](Of kind) { return std::vector{rules::Change{"id", kind, kNoon, alert, {}}}; };
  Followed state;
  state.silences = {silenceOf(kGmail, 1h)};
  SECTION("and its end only then") {
    CHECK(look(state, change(Of::fired), kNoon).empty());
    CHECK(state.untold == std::vector{Untold{alert.key, false}});
    CHECK(look(state, {}, kNoon + 30min).empty());
    CHECK(look(state, {}, kNoon + 1h) == All{"fired"});
    CHECK(look(state, {}, kNoon + 2h).empty());
    CHECK(look(state, change(Of::resolved), kNoon + 3h) == All{"resolved"});
  }
  SECTION("and nothing where it has ended before") {
    CHECK(look(state, change(Of::fired), kNoon).empty());
    CHECK(look(state, change(Of::resolved), kNoon + 30min).empty());
    CHECK(look(state, {}, kNoon + 1h).empty());
    CHECK(state.untold.empty());
  }
  SECTION("and its end in the silence where it was notified before") {
    alert.changes = 2;
    CHECK(look(state, change(Of::reminded), kNoon).empty());
    CHECK(look(state, change(Of::resolved), kNoon + 30min) == All{"resolved"});
  }
}

TEST_CASE("An incident that is notified by its alerts is not notified in a silence, and once after it") {
  rules::Alert alert = rateAlert(receiver("Gmail"), 30, 100, kNoon);
  Followed state;
  Incident& incident = state.incidents.emplace_back(refusal());
  incident.byAlerts = true;
  incident.members = {alert.key};
  state.silences = {silenceOf(kGmail, 1h)};
  const auto look = [&](Instant now) {
    alert.lastBad = now;
    const Followed before = state;
    return notifiedApart(before, state, std::vector{alert}, {}, now, state.silences).size();
  };
  CHECK(look(kNoon) == 0);
  CHECK(look(kNoon + 30min) == 0);
  CHECK_FALSE(state.incidents[0].notified);
  CHECK(look(kNoon + 1h) == 1);
  CHECK(state.incidents[0].notified);
  CHECK(look(kNoon + 2h) == 0);
}

}  // namespace arrivald::incidents
