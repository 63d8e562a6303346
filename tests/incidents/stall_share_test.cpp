// A stall is told by the mail since it began: mail of the time before makes it look small for half an hour.
#include <algorithm>
#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

using namespace arrivald;
using namespace arrivald::incidents;
using namespace arrivald::incidents::testing;

namespace {

// Six mails a minute to each receiver, none of which has an outcome for so many minutes.
std::vector<WaitingWindow> stalledFor(Duration stalled) {
  std::vector<WaitingWindow> windows;
  const auto add = [&](Late late, Duration window) {
    const auto minutes = [](Duration of) { return of / 1min; };
    const auto lost = std::clamp<std::int64_t>(minutes(stalled - lateAfter(late)), 0, minutes(window));
    WaitingWindow one{late, window, {}};
    for (const auto& name : kReceivers) one.receivers.push_back({name, 6 * minutes(window), 6 * lost, 0});
    windows.push_back(one);
  };
  for (const auto late : {Late::soon, Late::overdue}) {
    for (const auto window : kLateSinceBegun) add(late, window);
    for (const auto window : kLateWindows) add(late, window);
  }
  return windows;
}

struct Stall {
  Town town;
  Followed state;
  std::vector<rules::Alert> alerts;
  Stall() { town.pass(10h); }
  const Incident& after(Duration stalled) {
    town.table.setWaiting(stalledFor(stalled));
    for (auto& alert : alerts) alert.lastBad = town.now;
    const AccountMail mail[]{{"town", &town.table}};
    state = follow(std::move(state), alerts, mail, town.now).state;
    REQUIRE(state.incidents.size() == 1);
    return state.incidents[0];
  }
  void fire(std::string rule, rules::Evidence evidence, Duration stalled) {
    auto alert = rateAlert(account(), 0, 0, town.now, rules::Severity::critical);
    alert.key.rule = std::move(rule);
    alert.evidence = std::move(evidence);
    alert.beganAt = town.now - stalled;
    alerts = {alert};
  }
};

}  // namespace

TEST_CASE("A stall is one of all mail from its first minutes on") {
  Stall stall;
  const auto begins = stall.town.now;
  stall.town.pass(5min);
  stall.fire("stall", rules::StallEvidence{}, 5min);
  for (const auto minutes : {5min, 10min, 20min, 60min}) {
    CAPTURE(minutes.count());
    while (stall.town.now < begins + minutes) stall.town.minute();
    const auto& incident = stall.after(minutes);
    CHECK(incident.stalled);
    CHECK(incident.numbers.mails >= 3);
    CHECK(incident.numbers.share() == Approx(1));
  }
}

TEST_CASE("Mail that is overdue is counted since it began, too") {
  Stall stall;
  const auto begins = stall.town.now;
  stall.town.pass(17min);
  stall.fire("overdue", rules::OverdueEvidence{.overdue = 18, .processed = 1080, .window = 60min}, 17min);
  for (const auto minutes : {17min, 20min, 35min, 60min}) {
    CAPTURE(minutes.count());
    while (stall.town.now < begins + minutes) stall.town.minute();
    CHECK(stall.after(minutes).numbers.share() == Approx(1));
  }
}
