#include "incidents/follow.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "incidents/mails.hpp"
#include "incidents/notices.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

// A town with alerts as a test sets them, looked at every minute.
struct Watch {
  Town town;
  std::vector<rules::Alert> alerts;
  bool areBad = true;  // else they still fire, but see nothing bad
  Followed state;
  std::vector<std::string> told;     // changes, "opened #1 receiver Gmail: auth_failure"
  std::vector<std::string> notices;  // likewise

  Watch() {
    town.perMinute = 2;
    town.pass(10h);
  }
  void look() {
    if (areBad)
      for (rules::Alert& alert : alerts) alert.lastBad = town.now;
    const AccountMail mail[]{{"town", &town.table}};
    Look look = follow(std::move(state), alerts, mail, town.now);
    state = std::move(look.state);
    for (const Change& change : look.changes)
      told.push_back(std::string(name(change.kind)) + " #" + std::to_string(change.incident.number) + " " +
                     toText(change.incident.root));
    for (const Notice& notice : incidents::notices(state, look.changes, town.now))
      notices.push_back(std::string(name(notice.kind)) + " #" + std::to_string(notice.incident.number));
  }
  void pass(Duration time) {
    for (const Instant until = town.now + time; town.now < until;) {
      town.minute();
      look();
    }
  }
  void fire(rules::Alert alert) { alerts.push_back(std::move(alert)); }
  void resolve(std::string_view rule = "*") {
    std::erase_if(alerts,
                  [&](const rules::Alert& alert) { return rules::globMatches(rule, alert.key.rule); });
  }
  /// An incident that is over.
  /// For ten minutes, when its alert fires.
  void failAtGmail() {
    town.faults = {{"", "Gmail", 2, Kind::authentication}};
    pass(10min);
    fire(rateAlert(receiver("Gmail"), 30, 60, town.now));
  }
  void failAtGmailUntilResolved() {
    failAtGmail();
    pass(20min);
    town.faults.clear();
    resolve();
    pass(40min);
    REQUIRE(state.incidents.at(0).state == State::resolved);
  }
};

using Texts = std::vector<std::string>;

// Replies of a cause, which are counted for a day.
rules::Alert newsAlert(Instant now, std::int64_t minMails = 0) {
  rules::Alert news = rateAlert(account(), 0, 0, now);
  news.key.rule = "blocked";
  news.evidence = rules::CauseEvidence{.replies = 9, .minMails = minMails, .causes = {"auth_failure"}};
  return news;
}

}  // namespace

TEST_CASE("All alerts of one cause are one incident, named by its mail and its cause") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 3, Kind::authentication}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 18, 60, watch.town.now));
  watch.fire(rateAlert(account(), 18, 180, watch.town.now));
  watch.fire(rateAlert(category("notice"), 6, 60, watch.town.now));
  watch.look();
  CHECK(watch.told == Texts{"opened #1 receiver Gmail: auth_failure"});
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(watch.state.incidents[0].members.size() == 3);
}

TEST_CASE("Where nearly all mail of a receiver fails, its replies are one incident, however they vary") {
  Watch watch;
  watch.town.faults = {{"", "docomo", 1, Kind::noAddress}, {"", "docomo", 3, Kind::mailboxFull}};
  watch.pass(3min);
  watch.fire(rateAlert(receiver("docomo"), 18, 60, watch.town.now));
  watch.fire(rateAlert(account(), 18, 180, watch.town.now));
  watch.pass(40min);
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(toText(watch.state.incidents[0].root) == "receiver docomo");
  CHECK(watch.state.incidents[0].members.size() == 2);
}

TEST_CASE("Where nearly all mail fails, it is one incident of all mail, whatever the receivers answer") {
  Watch watch;
  watch.town.faults = {{"", "", 1, Kind::noAddress},
                       {"", "Gmail", 2, Kind::authentication},
                       {"", "Yahoo", 2, Kind::temporaryLimit}};
  watch.pass(2min);
  watch.fire(rateAlert(account(), 36, 180, watch.town.now));
  watch.fire(rateAlert(receiver("Gmail"), 12, 60, watch.town.now));
  watch.pass(2min);
  watch.fire(rateAlert(receiver("Yahoo"), 24, 60, watch.town.now));
  watch.fire(rateAlert(receiver("docomo"), 24, 60, watch.town.now));
  watch.pass(30min);
  const auto live =
      std::ranges::count_if(watch.state.incidents, [](const Incident& one) { return isLive(one.state); });
  CHECK(live == 1);
  CHECK(watch.state.incidents[0].root.isWhole());
  CHECK(watch.state.incidents[0].members.size() == 4);
}

TEST_CASE("Kinds of replies that begin together in the same mail are one incident") {
  Watch watch;
  watch.town.faults = {{"", "Yahoo", 2, Kind::noAddress}, {"", "Yahoo", 5, Kind::temporaryLimit}};
  watch.pass(6min);
  watch.fire(rateAlert(receiver("Yahoo"), 18, 60, watch.town.now));
  watch.pass(40min);
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(toText(watch.state.incidents[0].root) == "receiver Yahoo: no_address+rate_temporary");
}

TEST_CASE("A kind of replies that begins later in the same mail is another incident") {
  Watch watch;
  watch.town.faults = {{"", "Yahoo", 5, Kind::noAddress}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Yahoo"), 12, 60, watch.town.now));
  watch.pass(25min);
  watch.town.faults = {{"", "Yahoo", 2, Kind::mailboxFull}, {"", "Yahoo", 5, Kind::noAddress}};
  watch.pass(30min);
  REQUIRE(watch.state.incidents.size() == 2);
  CHECK(toText(watch.state.incidents[1].root) == "receiver Yahoo: mailbox_full");
}

TEST_CASE("An incident knows when it began") {
  Watch watch;
  const Instant began = watch.town.now;
  watch.town.faults = {{"", "Gmail", 3, Kind::authentication}};
  watch.pass(12min);
  watch.fire(rateAlert(receiver("Gmail"), 18, 60, watch.town.now));
  watch.look();
  CHECK(watch.state.incidents.at(0).began >= began - 2min);
  CHECK(watch.state.incidents.at(0).began <= began + 2min);
}

TEST_CASE("An incident is over when its mail is as usual again for ten minutes, and no alert of it fires") {
  Watch watch;
  watch.failAtGmail();
  watch.pass(30min);
  watch.town.faults.clear();
  watch.areBad = false;
  const Instant end = watch.town.now;
  watch.pass(10min);
  watch.resolve();
  watch.pass(20min);
  CHECK(watch.told == Texts{"opened #1 receiver Gmail: auth_failure",
                            "quieted #1 receiver Gmail: auth_failure",
                            "resolved #1 receiver Gmail: auth_failure"});
  CHECK(*watch.state.incidents.at(0).endedAt <= end + 25min);
  CHECK(watch.state.incidents.at(0).affected.whole().seen > 50);
}

TEST_CASE("The end of an incident is when its mail failed last, and what it totals goes no further") {
  Watch watch;
  watch.failAtGmail();
  watch.pass(30min);
  watch.town.faults.clear();
  const Instant end = watch.town.now;
  watch.pass(8min);
  watch.resolve();
  watch.pass(40min);
  const auto& incident = watch.state.incidents.at(0);
  REQUIRE(incident.state == State::resolved);
  CAPTURE(arrivald::toText(*incident.goodSince - end));
  CHECK(*incident.goodSince >= end - 2min);
  CHECK(*incident.goodSince <= end + 2min);
  CHECK(*incident.countedTo <= *incident.goodSince);
  CHECK(*incident.countedTo >= *incident.goodSince - 3min);
}

TEST_CASE("A second cause is found while the first goes on") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 3, Kind::authentication}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 18, 60, watch.town.now));
  watch.fire(rateAlert(account(), 18, 180, watch.town.now));
  watch.pass(10min);
  watch.town.faults.push_back({"tax", "", 4, Kind::noAddress});
  watch.pass(20min);
  CHECK(std::ranges::find(watch.told, "opened #2 category tax: no_address") != watch.told.end());
  CHECK(watch.state.find(1)->root.receivers == std::vector<std::string>{"Gmail"});
}

TEST_CASE("A cause that reaches one receiver after another is one incident that spreads") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 2, Kind::senderBlocked}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 30, 60, watch.town.now));
  watch.pass(5min);
  watch.town.faults.push_back({"", "docomo", 2, Kind::senderBlocked});
  watch.pass(10min);
  watch.fire(rateAlert(receiver("docomo"), 30, 60, watch.town.now));
  watch.pass(10min);
  CHECK(watch.state.incidents.size() == 1);
  CHECK(watch.state.incidents.at(0).root.receivers == std::vector<std::string>{"Gmail", "docomo"});
  CHECK(std::ranges::find(watch.told, "spread #1 receiver Gmail+docomo: sender_blocked") != watch.told.end());
}

TEST_CASE("While an alert of it fires, an incident is not told to be over; for so long at most") {
  Watch watch;
  watch.failAtGmail();
  watch.pass(20min);
  watch.town.faults.clear();
  watch.pass(40min);
  CHECK(watch.state.incidents.at(0).state == State::quiet);
  CHECK(watch.notices == Texts{"opened #1"});
  SECTION("the end of the alert is its end") {
    watch.resolve();
    watch.pass(1min);
  }
  SECTION("an alert that recovers does not hold it") {
    watch.alerts.at(0).state = rules::AlertState::recovering;
    watch.pass(1min);
  }
  SECTION("nor does one that never ends") { watch.pass(30min); }
  CHECK(watch.state.incidents.at(0).state == State::resolved);
  CHECK(watch.notices == Texts{"opened #1", "resolved #1"});
}

TEST_CASE("The same cause within an hour reopens its incident under its number") {
  Watch watch;
  watch.failAtGmailUntilResolved();
  watch.town.faults = {{"", "Gmail", 2, Kind::authentication}};
  watch.pass(8min);
  watch.fire(rateAlert(receiver("Gmail"), 25, 60, watch.town.now));
  watch.pass(6min);
  CHECK(watch.state.incidents.size() == 1);
  CHECK(watch.told.back() == "reopened #1 receiver Gmail: auth_failure");
  CHECK(watch.notices == Texts{"opened #1", "resolved #1", "reopened #1"});
}

TEST_CASE("What reopens has the numbers of now, and nobody who takes care of it") {
  Watch watch;
  watch.failAtGmailUntilResolved();
  watch.state.incidents.at(0).acknowledged.emplace();
  watch.state.incidents.at(0).numbers = {};
  watch.town.faults = {{"", "Gmail", 2, Kind::authentication}};
  watch.pass(8min);
  watch.fire(rateAlert(receiver("Gmail"), 25, 60, watch.town.now));
  while (watch.state.incidents.at(0).state != State::open) watch.pass(1min);
  CHECK_FALSE(watch.state.incidents.at(0).acknowledged);
  CHECK(watch.state.incidents.at(0).numbers.seen > 5);
}

TEST_CASE("Without an incident an alert is never explained; without a root it is told under its own name") {
  Watch watch;
  watch.pass(5min);
  watch.fire(rateAlert(category("tax"), 5, 60, watch.town.now));
  watch.look();
  CHECK(watch.told == Texts{"opened #1 category tax"});
  CHECK(watch.state.incidents.at(0).weak);
}

TEST_CASE("What no incident explains is told after ten minutes at the latest") {
  Watch watch;
  watch.failAtGmail();
  watch.pass(2min);
  // An alert that the counts do not bear out: of a threshold that others do not have.
  rules::Alert alert = rateAlert(receiver("docomo"), 20, 60, watch.town.now);
  watch.fire(alert);
  watch.pass(1min);
  CHECK(watch.state.unexplained.size() == 1);
  CHECK(watch.state.incidents.size() == 1);
  watch.pass(10min);
  CHECK(watch.state.unexplained.empty());
  CHECK(watch.told.back() == "opened #2 receiver docomo");
}

TEST_CASE("Alerts about the watch itself are one incident a rule, over with their alerts") {
  Watch watch;
  rules::Alert alert = rateAlert(account(), 0, 0, watch.town.now);
  alert.key.rule = "not-readable";
  alert.evidence = rules::ReadingEvidence{};
  watch.fire(alert);
  watch.look();
  CHECK(watch.told == Texts{"opened #1 rule not-readable"});
  watch.alerts.back().state = rules::AlertState::resolved;
  watch.pass(1min);
  CHECK(watch.told.back() == "resolved #1 rule not-readable");
}

TEST_CASE("News of a cause belongs to the incident that has it, to its own end") {
  Watch watch;
  watch.failAtGmail();
  watch.look();
  rules::Alert news = newsAlert(watch.town.now);
  watch.fire(news);
  watch.pass(5min);
  CHECK(watch.state.incidents.at(0).members.size() == 2);
  watch.town.faults.clear();
  watch.resolve("delivery-rate");
  watch.pass(60min);
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(watch.state.incidents[0].state == State::resolved);
  CHECK(watch.state.incidents[0].members == std::vector{news.key});
}

TEST_CASE("News of replies that an incident's own mail has been answered with is no second incident") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 2, Kind::noAddress}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 30, 60, watch.town.now));
  watch.pass(2min);
  REQUIRE(watch.state.incidents.at(0).root.kinds == std::vector{Kind::noAddress});
  // Some of the same mail is answered otherwise.
  watch.town.faults.push_back({"", "Gmail", 10, Kind::senderBlocked});
  watch.pass(5min);
  rules::Alert news = rateAlert(account(), 0, 0, watch.town.now);
  news.key.rule = "blocked";
  const auto kindsAtGmail = [&] {
    Root root{.receivers = {"Gmail"}, .kinds = {Kind::senderBlocked}};
    double seen = 0;
    for (const Numbers& minute : watch.town.table.minutes(root)) seen += minute.seen;
    return static_cast<std::int64_t>(seen);
  };
  news.evidence = rules::CauseEvidence{
      .replies = kindsAtGmail(), .minMails = 3, .causes = {"auth_failure", "sender_blocked"}};
  SECTION("while it goes on") {
    watch.fire(news);
    watch.pass(1min);
    CHECK(watch.state.incidents.size() == 1);
  }
  SECTION("nor once it is over") {
    watch.town.faults.clear();
    watch.resolve();
    watch.pass(30min);
    REQUIRE(watch.state.incidents.at(0).state == State::resolved);
    watch.fire(news);
    watch.pass(1min);
    CHECK(watch.state.incidents.size() == 1);
    CHECK(watch.state.incidents.at(0).state == State::resolved);
  }
  SECTION("but as many others are one") {
    std::get<rules::CauseEvidence>(news.evidence).replies += 6;
    watch.fire(news);
    watch.pass(1min);
    CHECK(watch.state.incidents.size() == 2);
  }
}

TEST_CASE("News that is counted for a day does not keep an incident from being told as over") {
  Watch watch;
  watch.failAtGmail();
  watch.look();
  rules::Alert news = newsAlert(watch.town.now, 3);
  watch.fire(news);
  watch.pass(10min);
  watch.town.faults.clear();
  watch.resolve("delivery-rate");
  watch.pass(30min);
  CHECK(watch.state.incidents.at(0).state == State::resolved);
  CHECK(watch.notices == Texts{"opened #1", "resolved #1"});
}

TEST_CASE("What fails by the statistics, and not by the stream yet, is told in the alert's own words") {
  Watch watch;
  watch.pass(10min);
  watch.fire(rateAlert(account(), 180, 200, watch.town.now, rules::Severity::critical));
  watch.look();
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(watch.state.incidents[0].byAlerts);
  CHECK(watch.notices.empty());
}

TEST_CASE("News of a cause that no incident has is an incident of its rule, notified by its alerts") {
  Watch watch;
  rules::Alert news = newsAlert(watch.town.now);
  watch.fire(news);
  watch.look();
  REQUIRE(watch.state.incidents.size() == 1);
  CHECK(watch.state.incidents[0].root.rule == "blocked");
  CHECK(watch.state.incidents[0].byAlerts);
  CHECK(watch.notices.empty());
}

TEST_CASE("The course of mail that waits is by the hour, as late as it was") {
  Watch watch;
  watch.town.table.setWaiting(
      {{Late::soon, 15min, {{"Gmail", 40, 40, 0}, {"docomo", 30, 30, 0}, {"Yahoo", 30, 28, 0}}}});
  rules::Alert stall = rateAlert(account(), 0, 0, watch.town.now, rules::Severity::critical);
  stall.key.rule = "stall";
  stall.evidence = rules::StallEvidence{};
  watch.fire(stall);
  watch.look();
  REQUIRE(watch.state.incidents.size() == 1);
  REQUIRE(watch.state.incidents[0].hours.size() == 1);
  CHECK(watch.state.incidents[0].hours[0].numbers.share() == Approx(0.98));
}

TEST_CASE("Without a table every alert is an incident by its own subject") {
  Followed state;
  const std::vector<rules::Alert> alerts{rateAlert(receiver("Gmail"), 18, 60, kNoon)};
  const AccountMail mail[]{{"town", nullptr}};
  const Look look = follow(state, alerts, mail, kNoon);
  REQUIRE(look.changes.size() == 1);
  CHECK(look.changes[0].incident.root.receivers == std::vector<std::string>{"Gmail"});
  CHECK(look.changes[0].incident.weak);
}

TEST_CASE("After a restart without a table, an incident goes on and nothing new is opened") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 3, Kind::authentication}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 18, 60, watch.town.now));
  watch.fire(rateAlert(account(), 18, 180, watch.town.now));
  watch.pass(5min);
  watch.town.table = CrossTable(watch.town.now);
  watch.pass(20min);
  CHECK(watch.told == Texts{"opened #1 receiver Gmail: auth_failure"});
  CHECK(watch.state.incidents.at(0).members.size() == 2);
}

TEST_CASE("Two accounts do not explain one another") {
  Watch watch;
  watch.town.faults = {{"", "Gmail", 3, Kind::authentication}};
  watch.pass(10min);
  watch.fire(rateAlert(receiver("Gmail"), 18, 60, watch.town.now));
  watch.fire(rateAlert({"other", delivery::Dimension::domainGroup, "Gmail"}, 18, 60, watch.town.now));
  const CrossTable quiet = Watch().town.table;
  const AccountMail mail[]{{"town", &watch.town.table}, {"other", &quiet}};
  const Look look = follow({}, watch.alerts, mail, watch.town.now);
  REQUIRE(look.state.incidents.size() == 2);
  CHECK_FALSE(look.state.incidents[0].weak);
  CHECK(look.state.incidents[1].weak);
}

TEST_CASE("Every firing alert is in one place, and what was notified ends once, whatever happens") {
  std::mt19937 random(11);
  const auto draw = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); };
  const std::vector<delivery::Subject> subjects{
      account(),          receiver("Gmail"), receiver("docomo"),     receiver("Yahoo"),
      category("notice"), category("tax"),   category("reservation")};
  for (int run = 0; run < 15; ++run) {
    Watch watch;
    std::map<std::string, bool> isOpen;
    for (int minute = 0; minute < 300; ++minute) {
      if (draw(30) == 0) {
        watch.town.faults.clear();
        for (int i = draw(3); i > 0; --i)
          watch.town.faults.push_back({draw(2) == 0 ? "" : kCategories[static_cast<std::size_t>(draw(3))],
                                       draw(2) == 0 ? "" : kReceivers[static_cast<std::size_t>(draw(3))],
                                       2 + draw(4), static_cast<Kind>(draw(12))});
      }
      if (draw(8) == 0) {
        const auto& subject = subjects[static_cast<std::size_t>(draw(7))];
        rules::Alert alert = rateAlert(subject, 5 + draw(30), 60, watch.town.now,
                                       draw(2) == 0 ? rules::Severity::critical : rules::Severity::warning);
        std::erase_if(watch.alerts, [&](const rules::Alert& one) { return one.key == alert.key; });
        if (draw(3) > 0) watch.fire(alert);
      }
      watch.notices.clear();
      watch.pass(1min);
      for (const rules::Alert& alert : watch.alerts) {
        auto places = std::ranges::count_if(watch.state.unexplained, [&](const Unexplained& one) {
          return one.key == alert.key && one.number == 0;
        });
        for (const Incident& incident : watch.state.incidents)
          places += std::ranges::count(incident.members, alert.key);
        REQUIRE(places == 1);
      }
      for (const std::string& notice : watch.notices) {
        const std::string number = notice.substr(notice.find('#'));
        const bool begins = notice.starts_with("opened") || notice.starts_with("reopened") ||
                            (notice.starts_with("unstable") && !isOpen[number]);
        const bool ends =
            notice.starts_with("resolved") || notice.starts_with("ended") || notice.starts_with("merged");
        REQUIRE((begins ? !isOpen[number] : isOpen[number]));
        if (begins) isOpen[number] = true;
        if (ends) isOpen[number] = false;
      }
    }
  }
}

}  // namespace arrivald::incidents
