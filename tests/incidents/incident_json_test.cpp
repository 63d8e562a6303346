// What is stored of incidents, and read back.
#include "incidents/incident_json.hpp"

#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

Incident full() {
  Incident one;
  one.number = 128;
  one.account = "town";
  one.root = {.categories = {"notice"}, .receivers = {"Gmail"}, .kinds = {Kind::authentication}};
  one.state = State::quiet;
  one.since = one.openedAt = kNoon;
  one.began = kNoon - 3min;
  one.lastBad = kNoon + 4min;
  one.goodSince = kNoon + 5min;
  one.endedAt = kNoon + 6min;
  one.mailEnded = one.weak = one.slow = one.stalled = one.joined = one.byAlerts = one.unstable = true;
  one.severity = rules::Severity::info;
  one.worstSeverity = rules::Severity::critical;
  one.longShare = .25;
  one.members = {{"delivery-rate", account()}, {"delivery-rate", receiver("Gmail")}};
  one.worstRule = "delivery-rate";
  one.numbers = {31, 6, .5};
  one.window = 30min;
  one.score = 12.5;
  one.worst = {30, 9, .4};
  one.affected = {{{"notice", {12, 3, .1}}}, {{"Gmail", {31, 6, .5}}}};
  one.hours = {{kNoon, {31, 6, .5}}};
  one.countedTo = kNoon + 2min;
  one.candidate = Root{.family = Family::waiting, .receivers = {"docomo"}, .kinds = {Kind::deferred}};
  one.candidateSeen = 2;
  one.rootSince = kNoon + 1min;
  one.reopenings = {kNoon - 1h, kNoon};
  one.mergedInto = 7;
  one.notified = Notified{.openedAt = kNoon,
                          .severity = rules::Severity::critical,
                          .root = one.root,
                          .share = .2,
                          .last = kNoon + 3min,
                          .rootAt = kNoon + 2min,
                          .worseAt = kNoon + 1min,
                          .reminders = 2,
                          .closed = true,
                          .advised = {.told = "receiver|||Gmail",
                                      .other = "cause|auth_failure||Gmail",
                                      .otherSince = kNoon + 4min,
                                      .correctedAt = kNoon + 3min}};
  one.acknowledged = Acknowledged{.by = "Sato",
                                  .why = "asked the DNS team",
                                  .at = kNoon,
                                  .until = kNoon + 2h,
                                  .severity = rules::Severity::critical,
                                  .root = one.root};
  return one;
}

Silence silence() {
  Silence one;
  one.id = 3;
  one.name = "move";
  one.incident = 128;
  one.match = {"town", "stall", "notice", "Gmail", "auth_failure", "town"};
  one.by = "Sato";
  one.why = "the server moves";
  one.created = kNoon;
  one.begin = kNoon + 1h;
  one.end = kNoon + 2h;
  one.untilOver = true;
  return one;
}

}  // namespace

TEST_CASE("An incident is read back as it was stored") {
  CHECK(incidentFromJson(toJson(full())).value() == full());
  Incident bare;
  bare.number = 1;
  CHECK(incidentFromJson(toJson(bare)).value() == bare);
  Followed followed;
  followed.lastNumber = 128;
  followed.unexplained = {{{"delivery-rate", account()}, kNoon, 0}, {{"overdue", receiver("au")}, kNoon, 7}};
  followed.apart = {{"delivery-rate", category("tax")}};
  followed.silences = {silence()};
  followed.lastSilence = 3;
  followed.untold = {{{"overdue", receiver("au")}, true}};
  followed.held = {{"team", "incident-1@town#1", "{}", kNoon}};
  Incident silenced = bare;
  silenced.silenced = Silenced{silence(), kNoon, true};
  CHECK(incidentFromJson(toJson(silenced)).value() == silenced);
  Followed read;
  REQUIRE(restFromJson(restToJson(followed), read));
  CHECK(read == followed);
}

TEST_CASE("The stored form of an incident keeps its names") {
  CHECK(
      toJson(full()) ==
      R"({"account":"town","acknowledged":{"at":1779764400000,"by":"Sato","root":{"categories":["notice"],"family":"shares","kinds":["auth_failure"],"receivers":["Gmail"]},"severity":"critical","until":1779771600000,"why":"asked the DNS team"},"began":1779764220000,"by_alerts":true,"candidate":{"categories":[],"family":"waiting","kinds":["deferred"],"receivers":["docomo"]},"candidate_seen":2,"categories":[["notice",[12.0,3.0,0.1]]],"counted_to":1779764520000,"ended_at":1779764760000,"good_since":1779764700000,"hours":[[1779764400000,[31.0,6.0,0.5]]],"joined":true,"last_bad":1779764640000,"long_share":0.25,"mail_ended":true,"members":[["delivery-rate","town","account",""],["delivery-rate","town","domain_group","Gmail"]],"merged_into":7,"notified":{"advice":"receiver|||Gmail","closed":true,"corrected_at":1779764580000,"last":1779764580000,"opened_at":1779764400000,"other_advice":"cause|auth_failure||Gmail","other_advice_since":1779764640000,"reminders":2,"root":{"categories":["notice"],"family":"shares","kinds":["auth_failure"],"receivers":["Gmail"]},"root_at":1779764520000,"severity":"critical","share":0.2,"worse_at":1779764460000},"number":128,"numbers":[31.0,6.0,0.5],"opened_at":1779764400000,"receivers":[["Gmail",[31.0,6.0,0.5]]],"reopenings":[1779760800000,1779764400000],"root":{"categories":["notice"],"family":"shares","kinds":["auth_failure"],"receivers":["Gmail"]},"root_since":1779764460000,"score":12.5,"severity":"info","since":1779764400000,"slow":true,"stalled":true,"state":"quiet","unstable":true,"weak":true,"window":1800000,"worst":[30.0,9.0,0.4],"worst_rule":"delivery-rate","worst_severity":"critical"})");
}

TEST_CASE("What cannot be read of an incident says so, and unknown fields are left") {
  CHECK_FALSE(incidentFromJson("no JSON"));
  CHECK_FALSE(incidentFromJson(R"({"number": 1, "state": "asleep"})"));
  const auto known = incidentFromJson(R"({"number": 1, "state": "open", "news": [1], "root": 7})");
  REQUIRE(known);
  CHECK(known.value().number == 1);
}

TEST_CASE("A step of the clock moves every instant of an incident") {
  Followed followed;
  followed.incidents = {full()};
  followed.unexplained = {{{"delivery-rate", account()}, kNoon, 0}};
  shift(followed, 1h);
  const Incident& moved = followed.incidents[0];
  CHECK(moved.openedAt == kNoon + 1h);
  CHECK(moved.began == kNoon + 57min);
  CHECK(moved.endedAt == kNoon + 66min);
  CHECK(moved.notified->rootAt == kNoon + 62min);
  CHECK(moved.acknowledged->until == kNoon + 3h);
  CHECK(moved.hours[0].begin == kNoon + 1h);
  CHECK(followed.unexplained[0].since == kNoon + 1h);
  shift(followed, -1h);
  CHECK(followed.incidents[0] == full());
  // What was given by times of the day stays at them.
  followed.silences = {silence(), silence()};
  followed.silences[1].atTimes = true;
  followed.held = {{"team", "incident-1@town#1", "{}", kNoon}};
  shift(followed, 1h);
  CHECK(followed.silences[0].end == kNoon + 3h);
  CHECK(followed.silences[1].begin == kNoon + 1h);
  CHECK(followed.silences[1].end == kNoon + 2h);
  CHECK(followed.held[0].since == kNoon + 1h);
}

TEST_CASE("An acknowledgement holds until its time, and ends when the incident is graver, wider, or over") {
  Incident one = full();
  one.state = State::open;
  one.reopenings.clear();
  CHECK(isAcknowledged(one, kNoon + 1h));
  CHECK_FALSE(isAcknowledged(one, kNoon + 2h));
  Incident wider = one;
  wider.root.receivers = {"Gmail", "docomo"};
  CHECK_FALSE(isAcknowledged(wider, kNoon + 1h));
  Incident graver = one;
  graver.acknowledged->severity = rules::Severity::warning;
  CHECK_FALSE(isAcknowledged(graver, kNoon + 1h));
  one.state = State::resolved;
  CHECK_FALSE(isAcknowledged(one, kNoon + 1h));
}

}  // namespace arrivald::incidents
