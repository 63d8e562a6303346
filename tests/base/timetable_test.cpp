// When runs are due, on clocks that the test moves: plain values, no waiting.
#include "base/timetable.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace arrivald;
using namespace std::chrono_literals;

namespace {

Instant at(const char* iso) { return parseIso(iso).value(); }
Schedule cron(const char* expression) { return Schedule::cron(expression, TimeZone()).value(); }
Schedule hourly() { return cron("0 * * * *"); }
Schedule minutely() { return cron("* * * * *"); }

/// One task: asked every second whether a run is due, which then takes `takes`.
struct Scene {
  explicit Scene(Schedule schedule, Duration takesGiven = 0s)
      : timetable(std::move(schedule)), takes(takesGiven) {
    timetable.dueBySchedule(now, 0.5);
  }

  void look() {
    if (endsAt && now.boot >= *endsAt) {
      timetable.ended(now, 0.5);
      endsAt.reset();
    }
    if (endsAt || timetable.left(now)) return;
    missed += timetable.started(now);
    starts.push_back(now.wall);
    endsAt = now.boot + takes;
    if (takes == 0s) look();
  }
  void pass(Duration span) {
    for (auto gone = 0ms; gone < span; gone += 1s) {
      now.wall += 1s;
      now.boot += 1s;
      look();
    }
  }
  /// As time passes while nothing runs: the machine is suspended.
  void sleep(Duration span) {
    now.wall += span;
    now.boot += span;
    look();
  }
  void step(Duration span) {
    now.wall += span;
    look();
  }
  Instant next() const { return timetable.next(now); }

  Moment now{at("2026-11-23T09:59:30Z"), 1h};
  Timetable timetable;
  Duration takes;
  std::optional<Duration> endsAt;
  std::vector<Instant> starts;
  std::int64_t missed = 0;
};

}  // namespace

TEST_CASE("a period is measured from start to start") {
  Scene f(Schedule::every(60s), 20s);
  const auto begun = f.now.wall;
  CHECK(f.next() == begun + 60s);
  f.pass(59s);
  CHECK(f.starts.empty());
  f.pass(200s);
  CHECK(f.starts == std::vector<Instant>{begun + 60s, begun + 120s, begun + 180s, begun + 240s});
  CHECK(f.missed == 0);
}

TEST_CASE("the jitter is drawn anew for each run") {
  Timetable timetable(Schedule::every(100s, 0.1));
  Moment now{at("2026-11-23T10:00:00Z"), 1h};
  timetable.dueBySchedule(now, 0.0);
  CHECK(timetable.next(now) == now.wall + 90s);
  now = {now.wall + 90s, now.boot + 90s};
  CHECK_FALSE(timetable.left(now));
  timetable.started(now);
  timetable.ended(now, 0.5);
  CHECK(timetable.next(now) == now.wall + 100s);
}

TEST_CASE("a first run may be due at once") {
  for (const auto& schedule : {Schedule::every(60s), hourly()}) {
    Timetable timetable(schedule);
    Moment now{at("2026-11-23T10:00:30Z"), 1h};
    timetable.dueAtOnce(now);
    CHECK_FALSE(timetable.left(now));
    CHECK(timetable.next(now) == now.wall);
    CHECK(timetable.started(now) == 0);
    timetable.ended(now, 0.5);
    CHECK(timetable.next(now) == (schedule.isCron() ? at("2026-11-23T11:00:00Z") : now.wall + 60s));
  }
}

TEST_CASE("runs missed during a long run are counted and replaced by one, a second after its end") {
  Scene f(Schedule::every(10s), 35s);
  const auto begun = f.now.wall;
  f.pass(90s);
  CHECK(f.starts == std::vector<Instant>{begun + 10s, begun + 46s, begun + 82s});
  CHECK(f.missed == 4);

  Scene minute(minutely(), 150s);
  minute.pass(6min);
  CHECK(minute.starts == std::vector<Instant>{at("2026-11-23T10:00:00Z"), at("2026-11-23T10:02:31Z"),
                                              at("2026-11-23T10:05:02Z")});
  CHECK(minute.missed == 3);
}

TEST_CASE("schedules against steps of the wall clock and suspension") {
  struct Case {
    const char* what;
    Schedule schedule;
    Duration step;     ///< of the wall clock alone
    Duration asleep;   ///< both clocks, nothing runs
    std::size_t runs;  ///< at once
    std::int64_t missed;
    const char* next;
  };
  // It is 10:00:05, and the run of 10:00:00 (every 30 s: the second one is due at 10:00:30) is over.
  const std::vector<Case> cases = {
      {"nothing happens", hourly(), 0s, 0s, 0, 0, "2026-11-23T11:00:00Z"},
      {"cron, a correction repeats nothing", hourly(), -10s, 0s, 0, 0, "2026-11-23T11:00:00Z"},
      {"cron, back by an hour", hourly(), -1h, 0s, 0, 0, "2026-11-23T10:00:00Z"},
      {"cron, back by a day", hourly(), -24h, 0s, 0, 0, "2026-11-22T11:00:00Z"},
      {"cron, forward within the hour", hourly(), 30min, 0s, 0, 0, "2026-11-23T11:00:00Z"},
      {"cron, forward over one", hourly(), 1h, 0s, 1, 0, "2026-11-23T12:00:00Z"},
      {"cron, forward over five", hourly(), 5h, 0s, 1, 4, "2026-11-23T16:00:00Z"},
      {"cron, forward by ten years", hourly(), 24h * 3653, 0s, 1, 1000, "2036-11-23T11:00:00Z"},
      {"cron, asleep over five", hourly(), 0s, 5h, 1, 4, "2026-11-23T16:00:00Z"},
      {"cron, asleep and set back", hourly(), -24h, 5h, 0, 0, "2026-11-22T16:00:00Z"},
      {"every, back by a day", Schedule::every(30s), -24h, 0s, 0, 0, "2026-11-22T10:00:30Z"},
      {"every, forward by a day", Schedule::every(30s), 24h, 0s, 0, 0, "2026-11-24T10:00:30Z"},
      {"every, asleep for an hour", Schedule::every(30s), 0s, 1h, 1, 119, "2026-11-23T11:00:35Z"},
  };
  for (const auto& each : cases) {
    INFO(each.what);
    Scene f(each.schedule);
    f.pass(35s);
    REQUIRE(f.starts.size() == 1);
    if (each.asleep > 0s && each.step != 0s) {
      f.now.wall += each.step;
      f.sleep(each.asleep);
    } else if (each.asleep > 0s) {
      f.sleep(each.asleep);
    } else if (each.step != 0s) {
      f.step(each.step);
    }
    CHECK(f.starts.size() - 1 == each.runs);
    CHECK(f.missed == each.missed);
    CHECK(toIso(f.next()) == each.next);
  }
}

TEST_CASE("no wait lasts longer than a minute without checking the clocks") {
  for (const auto& schedule : {Schedule::every(6h), cron("0 3 * * *")}) {
    Scene f(schedule);
    CHECK(f.timetable.left(f.now) == Duration(1min));
    f.timetable.tryAgain(f.now, 1h);
    CHECK(f.timetable.left(f.now) == Duration(1min));
  }
}

TEST_CASE("a clock that is set back while the run is under way is noticed when it has ended") {
  Scene little(hourly(), 5s);
  little.pass(30s);
  little.step(-3s);
  little.pass(10s);
  CHECK(little.starts.size() == 1);
  CHECK(little.next() == at("2026-11-23T11:00:00Z"));

  Scene much(hourly(), 5s);
  much.pass(30s);
  REQUIRE(much.starts.size() == 1);
  much.step(-24h);
  much.pass(10s);
  CHECK(much.next() == at("2026-11-22T11:00:00Z"));
}

TEST_CASE(
    "what failed is tried again after its wait, by the clock that never steps, then the schedule goes on") {
  for (const auto& schedule : {Schedule::every(60s), hourly()}) {
    Scene f(schedule);
    f.pass(60s);
    REQUIRE(f.starts.size() == 1);
    f.timetable.started(f.now);
    f.timetable.tryAgain(f.now, 20s);
    CHECK(f.next() == f.now.wall + 20s);
    f.step(-72h);
    CHECK(f.next() == f.now.wall + 20s);
    f.step(72h);
    f.pass(19s);
    CHECK(f.starts.size() == 1);
    f.pass(1s);
    CHECK(f.starts.size() == 2);
    CHECK(f.next() == (schedule.isCron() ? at("2026-11-23T11:00:00Z") : f.starts.back() + 60s));
    CHECK(f.missed == 0);
  }
}
