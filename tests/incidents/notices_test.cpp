#include "incidents/notices.hpp"

#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

// One incident whose state a test changes, and what is notified of it minute by minute.
struct Course {
  Followed state;
  Instant now = kNoon;
  std::vector<std::string> all;  // "5m opened"

  explicit Course(rules::Severity severity = rules::Severity::warning) {
    Incident incident;
    incident.number = 1;
    incident.root = {.receivers = {"Gmail"}, .kinds = {Kind::authentication}};
    incident.openedAt = incident.since = incident.began = incident.lastBad = incident.rootSince = now;
    incident.severity = incident.worstSeverity = severity;
    incident.numbers = {100, 10, 1};
    state.incidents.push_back(incident);
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

using All = std::vector<std::string>;

}  // namespace

TEST_CASE("A critical incident is notified at once, a warning after five minutes") {
  Course critical(rules::Severity::critical);
  critical.pass(10min);
  CHECK(critical.all == All{"0s opened"});
  Course warning;
  warning.pass(10min);
  CHECK(warning.all == All{"5m opened"});
}

TEST_CASE("A warning that is over within five minutes is not notified, nor is its end") {
  Course course;
  course.pass(3min);
  course.enter(State::quiet);
  course.pass(10min);
  course.enter(State::resolved);
  course.pass(10min);
  CHECK(course.all.empty());
}

TEST_CASE("Turning critical is notified once, and so is the end") {
  Course course;
  course.pass(10min);
  course.incident().worstSeverity = rules::Severity::critical;
  course.pass(10min);
  course.enter(State::resolved);
  course.pass(10min);
  CHECK(course.all == All{"5m opened", "10m critical", "20m resolved"});
}

TEST_CASE("Another name has to last, and does not follow too soon") {
  Course course;
  course.pass(6min);
  course.incident().root.receivers = {"Gmail", "docomo"};
  course.incident().rootSince = course.now;
  course.pass(2min);
  course.incident().root.receivers = {"Gmail", "Yahoo"};
  course.incident().rootSince = course.now;
  course.pass(30min);
  CHECK(course.all == All{"5m opened", "15m spread"});
}

TEST_CASE("How mail waits is no other name") {
  Course course(rules::Severity::critical);
  course.incident().root = {.family = Family::waiting};
  course.pass(20min);
  course.incident().root.kinds = {Kind::unanswered};
  course.incident().rootSince = course.now;
  course.pass(30min);
  CHECK(course.all == All{"0s opened"});
}

TEST_CASE("Worse is twice the share that was notified, half an hour after the last") {
  Course course(rules::Severity::critical);
  course.pass(10min);
  course.incident().numbers = {100, 25, 1};
  course.pass(50min);
  course.incident().numbers = {100, 45, 1};
  course.pass(10min);
  CHECK(course.all == All{"0s opened", "30m worse"});
}

TEST_CASE("Mail that waits is worse once its window is full, and clearly") {
  Course course(rules::Severity::critical);
  course.incident().root = {.family = Family::waiting};
  course.incident().window = 15min;
  course.incident().numbers = {328, 74, 56};
  course.pass(10min);
  course.incident().numbers = {351, 333, 60};
  course.pass(50min);
  CHECK(course.all == All{"0s opened", "30m worse"});
  Course few(rules::Severity::critical);
  few.incident().root = {.family = Family::waiting};
  few.incident().numbers = {8, 2, 0};
  few.pass(10min);
  few.incident().numbers = {8, 4, 0};
  few.pass(50min);
  CHECK(few.all == All{"0s opened"});
}

TEST_CASE("A cause that is found or another one is news; one name more or fewer is none") {
  const auto after = [](std::vector<Kind> before, std::vector<Kind> kinds) {
    Course course(rules::Severity::critical);
    course.incident().root.kinds = std::move(before);
    course.pass(10min);
    course.incident().root.kinds = std::move(kinds);
    course.incident().rootSince = course.now;
    course.pass(30min);
    return course.all.size() == 2;
  };
  using enum Kind;
  CHECK(after({}, {authentication}));
  CHECK(after({noAddress}, {authentication}));
  CHECK(after({noAddress, mailboxFull}, {authentication}));
  CHECK_FALSE(after({noAddress, mailboxFull}, {}));
  CHECK_FALSE(after({noAddress}, {}));
  CHECK_FALSE(after({}, {noAddress, senderBlocked}));
  CHECK_FALSE(after({}, {unspecified}));
  CHECK_FALSE(after({noAddress}, {noAddress, mailboxFull}));
  CHECK_FALSE(after({noAddress, mailboxFull}, {mailboxFull}));
}

namespace {

// What is advised of the one incident changes with `advice`; only corrections are collected.
struct Advising : Course {
  Advice advice{"receiver|||"};
  explicit Advising() : Course(rules::Severity::critical) {}
  void pass(Duration time) {
    for (const Instant until = now + time; now < until; now += 1min) {
      incident().lastBad = now;
      std::vector<std::int64_t> notified;
      for (const Notice& notice : notices(state, {}, now)) {
        all.push_back(arrivald::toText(now - kNoon) + " " + std::string(name(notice.kind)));
        notified.push_back(notice.incident.number);
      }
      for (const Notice& notice : corrections(state, {{1, advice}}, notified, now))
        all.push_back(arrivald::toText(now - kNoon) + " corrected from " + notice.before.advised.told);
    }
  }
};

}  // namespace

TEST_CASE("Another side or next step is notified once, after it has lasted") {
  Advising course;
  course.pass(20min);
  course.advice = {"cause|bad_domain||"};
  course.pass(30min);
  CHECK(course.all == All{"0s opened", "25m corrected from receiver|||"});
}

TEST_CASE("Another side does not follow another notice too soon") {
  Advising course;
  course.pass(1min);
  course.advice = {"cause|bad_domain||"};
  course.pass(30min);
  CHECK(course.all == All{"0s opened", "10m corrected from receiver|||"});
}

TEST_CASE("A side that comes and goes is not notified each time") {
  Advising course;
  course.pass(20min);
  for (int i = 0; i < 20; ++i) {  // each for less than five minutes
    course.advice = {i % 2 == 0 ? "cause|bad_domain||" : "receiver|||"};
    course.pass(4min);
  }
  CHECK(course.all == All{"0s opened"});
  for (int i = 0; i < 8; ++i) {
    course.advice = {i % 2 == 0 ? "cause|bad_domain||" : "cause|no_address||"};
    course.pass(10min);
  }
  CHECK(course.all ==
        All{"0s opened", "105m corrected from receiver|||", "175m corrected from cause|bad_domain||"});
}

TEST_CASE("Without replies, of too few mails, while it looks over or is silenced nothing is corrected") {
  Advising unfounded;
  unfounded.pass(20min);
  unfounded.advice = {"unclear|||", false};
  unfounded.pass(60min);
  CHECK(unfounded.all == All{"0s opened"});

  Advising few;
  few.incident().numbers = {100, 4, 1};
  few.pass(20min);
  few.advice = {"cause|bad_domain||"};
  few.pass(60min);
  CHECK(few.all == All{"0s opened"});

  Advising quiet;
  quiet.pass(20min);
  quiet.advice = {"cause|bad_domain||"};
  quiet.enter(State::quiet);
  quiet.pass(60min);
  CHECK(quiet.all == All{"0s opened"});
}

TEST_CASE("What a notice of another kind says is corrected already") {
  Advising course;
  course.pass(20min);
  course.incident().root.kinds = {Kind::noAddress};
  course.incident().rootSince = course.now;
  course.advice = {"cause|no_address||"};
  course.pass(60min);
  CHECK(course.all == All{"0s opened", "23m renamed"});
}

TEST_CASE("An incident that an older version has notified is corrected only from what is said by now") {
  Advising course;
  course.pass(20min);
  course.incident().notified->advised = {};
  course.advice = {"cause|bad_domain||"};
  course.pass(60min);
  CHECK(course.all == All{"0s opened"});
}

TEST_CASE("Reminders come after 4 and 12 hours and then daily, if it is still bad") {
  Course course(rules::Severity::critical);
  course.pass(49h);
  CHECK(course.all == All{"0s opened", "4h reminder", "12h reminder", "24h reminder", "2d reminder"});
  Course good(rules::Severity::critical);
  good.pass(3h);
  good.pass(10h, false);
  CHECK(good.all == All{"0s opened"});
}

TEST_CASE("An incident that is merged ends, and one that is reopened is notified again") {
  Course merged(rules::Severity::critical);
  merged.pass(5min);
  merged.enter(State::merged);
  merged.pass(5min);
  CHECK(merged.all == All{"0s opened", "5m merged"});
  Course again(rules::Severity::critical);
  again.pass(5min);
  again.enter(State::resolved);
  again.pass(5min);
  again.enter(State::open);
  again.pass(5min);
  CHECK(again.all == All{"0s opened", "5m resolved", "10m reopened"});
}

TEST_CASE("Nobody is reminded of an incident that somebody takes care of, and later once") {
  Course course;
  course.incident().acknowledged = Acknowledged{.by = "Sato",
                                                .why = "asked the DNS team",
                                                .at = kNoon,
                                                .until = kNoon + 13h,
                                                .severity = rules::Severity::warning,
                                                .root = course.incident().root};
  course.pass(12h + 59min);
  CHECK(course.all == All{"5m opened"});
  course.pass(2h);
  CHECK(course.all == All{"5m opened", "13h reminder"});
}

}  // namespace arrivald::incidents
