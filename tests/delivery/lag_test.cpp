// A replica that lags shows again what was counted: that tells nothing, whatever follows it.
#include "delivery/lag.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Source kSource{"main", Dimension::account};
const Instant kStart = parseIso("2026-11-25T14:00:00Z").value();
constexpr std::chrono::days kDay{1};
constexpr Duration kTick = 10s;

Date dateOf(Instant at) { return Date(std::chrono::floor<std::chrono::days>(at.time_since_epoch())); }
Counts mail(std::int64_t requests, std::int64_t bounces) {
  Counts counts;
  counts[Metric::requests] = counts[Metric::processed] = requests;
  counts[Metric::delivered] = requests - bounces;
  counts[Metric::bounces] = bounces;
  return counts;
}
double badShare(const Counts& counts) {
  return static_cast<double>(counts.failed()) /
         static_cast<double>(std::max<std::int64_t>(1, counts.outcomeEvents()));
}

// What happened, by ticks: the plain model.
struct Truth {
  std::vector<Counts> sums{Counts{}};  // up to each tick
  Counts already = mail(2'000, 20);    // of the day on which it begins

  void happen(const Counts& counts) { sums.push_back(sums.back() + counts); }
  void minutes(int count, const Counts& each) {
    for (int minute = 0; minute < count; ++minute) {
      happen(each);
      for (int tick = 1; tick < 6; ++tick) happen({});
    }
  }
  Instant end() const { return kStart + kTick * static_cast<Duration::rep>(sums.size() - 1); }
  Counts until(Instant at) const {
    const auto tick =
        std::clamp<Duration::rep>((at - kStart) / kTick, 0, static_cast<Duration::rep>(sums.size()) - 1);
    return sums[static_cast<std::size_t>(tick)];
  }
  Counts between(Instant from, Instant to) const { return until(to) - until(from); }
  // What an answer shows that is of `at`.
  Rows shownAt(Instant at) const {
    Rows rows;
    for (auto date = dateOf(kStart) - kDay; date <= dateOf(at); date += kDay) {
      const auto begin = Instant(date.time_since_epoch());
      rows[date] = date < dateOf(kStart) ? mail(20'000, 200) : between(begin, std::min(at, begin + 24h));
      if (date == dateOf(kStart)) rows[date] += already;
    }
    return rows;
  }
};

// The program: what it counted, and its windows.
struct Watcher {
  Ledger ledger;
  Windows windows;
  Counts counted;
  Ledger::Changes changes;

  void read(const Rows& rows, Instant at) {
    Read answer{kSource, at, dateOf(at) - 3 * kDay, dateOf(at) + kDay, {{kMain, {}}}, true};
    for (const auto& [date, counts] : rows) answer.totals[0].days.push_back({date, counts});
    changes = ledger.apply(answer, &windows);
    for (const auto& increment : changes.increments) {
      counted += increment.counts;
      windows.add(increment);
    }
  }
  // What is kept only in memory is lost.
  void restart() {
    Ledger next;
    if (const auto at = ledger.lastRead(kSource)) next.restoreRead(kSource, *at, *ledger.daysAsked(kSource));
    for (const auto& cell : ledger.cells(kMain)) next.restore(cell);
    Windows again;
    for (const auto& mark : windows.find(kMain)->marks()) again.at(kMain).restore(mark);
    if (const auto usual = again.at(kMain).usual()) next.restoreUsual(kMain, *usual);
    ledger = next;
    windows = again;
  }
  WindowSum lately(Duration window, Instant at) const { return windows.sum(kMain, window, at, 3min); }
};

// Reads each minute of what happens at a steady pace, from a replica that may lag.
struct Steady {
  Truth truth;
  Watcher watcher;
  Counts each = mail(30, 1);
  Steady() { watcher.read(truth.shownAt(kStart), kStart); }
  Instant now() const { return truth.end(); }
  void minutes(int count, Duration lag = {}) {
    for (int minute = 0; minute < count; ++minute) {
      truth.minutes(1, each);
      watcher.read(truth.shownAt(now() - lag), now());
    }
  }
  Counts happened() const { return truth.between(kStart, now()); }
};

}  // namespace

TEST_CASE("while answers lag nothing is counted, and the source was not read") {
  const int lag = GENERATE(10, 60, 110);
  Steady account;
  account.minutes(120);
  const auto known = account.watcher.counted;
  const auto read = account.watcher.ledger.lastRead(kSource);
  account.minutes(8, lag * 1min + 20s);
  CHECK(account.watcher.counted == known);
  CHECK(account.watcher.ledger.lastRead(kSource) == read);
  REQUIRE(account.watcher.changes.shows);
  CHECK(account.now() - *account.watcher.changes.shows >= lag * 1min);
  CHECK(account.now() - *account.watcher.changes.shows <= lag * 1min + 2min);
  CHECK_FALSE(account.watcher.lately(10min, account.now()).known);
  account.minutes(1);
  CHECK_FALSE(account.watcher.changes.shows);
  CHECK(account.watcher.counted == account.happened());
  CHECK(account.watcher.lately(10min, account.now()).counts == mail(300, 10));
}

TEST_CASE("an outage that is over does not return, and one that goes on is seen after the lag") {
  const bool restarts = GENERATE(false, true);
  const int lasted = GENERATE(4, 6, 10, 25);
  CAPTURE(restarts, lasted);
  Steady account;
  account.minutes(60);
  account.each = mail(30, 15);
  account.minutes(20);
  account.each = mail(30, 1);
  account.minutes(102);
  const auto isBad = [&] {
    const auto sum = account.watcher.lately(10min, account.now());
    return sum.knows(kOutcomeMetrics) && badShare(sum.counts) > 0.05;
  };
  for (int minute = 0; minute < lasted; ++minute) {
    account.minutes(1, 2h);
    CHECK_FALSE(isBad());
    if (restarts && minute == lasted / 2) account.watcher.restart();
  }
  for (int minute = 0; minute < 60; ++minute) {
    account.minutes(1);
    CHECK_FALSE(isBad());
  }
  CHECK(account.watcher.counted == account.happened());
  account.each = mail(30, 15);
  account.minutes(5);
  CHECK(isBad());
}

TEST_CASE("lags with a restart in the second do not count mail twice") {
  Steady account;
  account.minutes(140);
  account.minutes(10, 2h);
  account.minutes(30);
  account.minutes(8, 2h);
  account.watcher.restart();
  account.minutes(2, 2h);
  account.minutes(30);
  CHECK(account.watcher.counted == account.happened());
}

TEST_CASE("what lags deeper than the windows go back adds nothing either, whatever is forgotten") {
  const bool restarts = GENERATE(false, true);
  CAPTURE(restarts);
  Steady account;
  account.minutes(20);
  // An hour before the first answer.
  const auto early = account.truth.shownAt(kStart);
  for (int round = 0; round < 3; ++round) {
    for (int minute = 0; minute < 12; ++minute) {
      account.truth.minutes(1, account.each);
      auto rows = early;
      rows[dateOf(kStart)] -= mail(30 * (60 - minute), 60 - minute);
      account.watcher.read(rows, account.now());
      if (restarts && minute % 5 == 4) account.watcher.restart();
    }
    account.minutes(25);
    if (restarts) account.watcher.restart();
  }
  CHECK(account.watcher.counted == account.happened());
}

TEST_CASE("a replica that goes on an hour behind counts as soon as it shows what is new") {
  Steady account;
  account.minutes(120);
  account.minutes(59, 1h);
  CHECK(account.watcher.changes.shows);
  CHECK(account.watcher.counted == account.truth.between(kStart, kStart + 2h));
  account.minutes(3, 1h);
  CHECK_FALSE(account.watcher.changes.shows);
  for (int minute = 0; minute < 120; ++minute) {
    account.minutes(1, 1h);
    CHECK(account.watcher.counted == account.truth.between(kStart, account.now() - 1h));
  }
  CHECK(account.watcher.lately(1h, account.now()).counts == mail(1800, 60));
}

TEST_CASE("what falls in proportion and goes on from there is a correction once a lag so deep were over") {
  const int minutesLower = GENERATE(5, 40, 120);
  CAPTURE(minutesLower);
  Steady account;
  account.minutes(170);
  const auto lower = account.truth.shownAt(account.now() - minutesLower * 1min);
  const auto height = account.watcher.counted;
  // Nothing is sent any more, so that it cannot grow out of doubt.
  const int longest = minutesLower * 3 / 2 + 15 + 5;
  int minute = 0;
  const auto pass = [&](const Rows& rows) {
    account.truth.minutes(1, {});
    account.watcher.read(rows, account.now());
    ++minute;
  };
  while (minute < longest + 10 && (minute == 0 || account.watcher.changes.shows)) pass(lower);
  CHECK(minute > minutesLower);
  CHECK(minute <= longest);
  for (int more = 0; more < 5; ++more) pass(lower);
  CHECK_FALSE(account.watcher.changes.shows);
  // What then grows is in the windows at once, and counts for ever from the height on.
  auto grown = lower;
  for (int more = 0; more < 15; ++more) {
    grown[dateOf(account.now())] += mail(30, 1);
    pass(grown);
  }
  CHECK(account.watcher.lately(10min, account.now()).counts == mail(300, 10));
  const auto above = std::max(0, 15 - minutesLower);
  CHECK(account.watcher.counted == height + mail(30 * above, above));
}

TEST_CASE("an outage after a correction is seen, although the correction looks like a lag") {
  Steady account;
  account.minutes(170);
  auto corrected = account.truth.shownAt(account.now() - 40min);
  for (int minute = 0; minute < 10; ++minute) {
    account.truth.minutes(1, account.each);
    corrected[dateOf(account.now())] += mail(30, minute < 3 ? 1 : 15);
    account.watcher.read(corrected, account.now());
  }
  const auto sum = account.watcher.lately(5min, account.now());
  REQUIRE(sum.knows(kOutcomeMetrics));
  CHECK(badShare(sum.counts) > 0.4);
}

TEST_CASE("a correction of single numbers is none of a lag, nor is one of a few mails") {
  Steady account;
  account.minutes(170);
  auto rows = account.truth.shownAt(account.now());
  SECTION("of one number") { rows[dateOf(account.now())][Metric::bounces] -= 5; }
  SECTION("of two mails, of which nothing was heard since") {
    for (int minute = 0; minute < 30; ++minute) {
      account.truth.minutes(1, {});
      account.watcher.read(rows, account.now());
    }
    rows[dateOf(account.now())] -= mail(2, 0);
  }
  account.truth.minutes(1, {});
  account.watcher.read(rows, account.now());
  CHECK_FALSE(account.watcher.changes.shows);
}

TEST_CASE("a lag of some subjects is one of all, unless others have news") {
  const Subject busy{"main", Dimension::category, "busy"};
  const Subject idle{"main", Dimension::category, "idle"};
  Ledger ledger;
  Windows windows;
  Instant at = kStart;
  const auto read = [&](std::int64_t ofBusy, std::int64_t ofIdle) {
    const auto today = dateOf(at);
    const auto changes =
        ledger.apply({{"main", Dimension::category},
                      at += 1min,
                      today - 3 * kDay,
                      today,
                      {{busy, {{today, mail(ofBusy, 0)}}}, {idle, {{today, mail(ofIdle, 0)}}}},
                      false,
                      {"busy", "idle"}},
                     &windows);
    for (const auto& increment : changes.increments) windows.add(increment);
    return changes;
  };
  for (int minute = 0; minute < 60; ++minute) read(1000 + 10 * minute, 7);
  const auto lagging = read(1300, 7);
  CHECK(lagging.shows);
  CHECK(lagging.increments.empty());
  const auto mixed = read(1300, 8);
  CHECK_FALSE(mixed.shows);
  REQUIRE(mixed.increments.size() == 1);
  CHECK(mixed.increments[0].subject == idle);
  CHECK(mixed.increments[0].counts == mail(1, 0));
  const auto both = read(1620, 8);
  REQUIRE(both.increments.size() == 2);
  CHECK(both.increments[0].counts == mail(30, 0));
}

namespace {

// How a replica answers for a while.
struct Spell {
  Duration behind{};
  double speed = 1;         // at which it goes on
  int of = 1, lagging = 1;  // so many of so many answers are its
  int answers = 0;
};

struct Chance {
  std::mt19937 random;
  int roll(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  int between(int low, int high) { return low + roll(high - low + 1); }
  bool once(int in) { return roll(in) == 0; }
};

// A day's mail, at a pace that comes and goes, with outages.
Truth dayOf(Chance& chance, int hours) {
  Truth truth;
  double pace = chance.between(1, 60) / 6.0;  // mails a tick
  if (chance.once(4)) pace /= 100;
  double owed = 0, failing = 0;
  int left = 0;
  for (int tick = 0; tick < hours * 360; ++tick) {
    if (tick % 360 == 0) pace *= chance.between(70, 140) / 100.0;
    if (left > 0 && --left == 0) failing = 0;
    if (left == 0 && chance.once(900)) {
      failing = chance.between(20, 100) / 100.0;
      left = chance.between(30, 200);
    }
    owed += pace * chance.between(50, 150) / 100.0;
    const auto mails = static_cast<std::int64_t>(owed);
    owed -= static_cast<double>(mails);
    std::int64_t bad = 0;
    for (std::int64_t one = 0; one < mails; ++one)
      bad += chance.between(1, 1000) <= (failing > 0 ? failing * 1000 : 5) ? 1 : 0;
    truth.happen(mail(mails, bad));
  }
  return truth;
}

Spell spellOf(Chance& chance) {
  Spell spell;
  spell.behind = chance.between(10, 120) * 1min + chance.roll(60) * 1s;
  spell.answers = chance.between(1, 40);
  const std::array<double, 4> speeds{1, 1, 0, 1.5};
  spell.speed = speeds.at(static_cast<std::size_t>(chance.roll(4)));
  spell.of = chance.between(1, 4);
  spell.lagging = chance.between(1, spell.of);
  return spell;
}

// The least and the greatest share that failed in any minute.
std::pair<double, double> sharesIn(const Truth& truth, Instant from, Instant to) {
  double least = 1, most = 0;
  for (auto at = to; at > from; at -= 1min) {
    const auto counts = truth.between(at - 1min, at);
    if (counts.outcomeEvents() == 0) continue;
    least = std::min(least, badShare(counts));
    most = std::max(most, badShare(counts));
  }
  return {least, most};
}

}  // namespace

TEST_CASE("days with outages, lags in any order and restarts agree with a plain model") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Chance chance{std::mt19937(seed)};
    const auto truth = dayOf(chance, 16);
    Watcher watcher;
    watcher.read(truth.shownAt(kStart), kStart);
    Spell spell;
    Instant began;
    // News that came late: a replica goes on behind.
    Duration late{};
    Instant cameLate;
    int number = 0, wait = chance.between(30, 200);
    for (auto at = kStart + 1min; at < truth.end() - 40min; at += 50s + chance.roll(3) * 10s) {
      if (number >= spell.answers && --wait <= 0) {
        spell = spellOf(chance);
        began = at;
        number = 0;
        wait = chance.between(1, 150);
      }
      const bool lags = number < spell.answers && number % spell.of < spell.lagging;
      ++number;
      auto shown = at;
      if (lags) {
        const auto gone = static_cast<double>((at - began).count());
        shown = began - spell.behind + Duration(static_cast<Duration::rep>(gone * spell.speed));
        shown = std::min(shown, at);
      }
      watcher.read(truth.shownAt(shown), at);
      if (shown < at && !watcher.changes.shows) {
        late = std::max(at - cameLate < 45min ? late : Duration{}, at - shown);
        cameLate = at;
      }
      if (chance.once(40)) watcher.restart();
      for (const auto window : {10min, 30min}) {
        const auto sum = watcher.lately(window, at);
        if (!sum.knows(kOutcomeMetrics) || sum.counts.outcomeEvents() < 20) continue;
        const auto lateness = at - cameLate < 45min ? late : Duration{};
        CAPTURE(window.count(), toIso(at), lags, spell.behind.count(), spell.speed);
        const auto [least, most] = sharesIn(truth, at - window - sum.longestGap - 2min - lateness, at);
        const auto all = static_cast<double>(sum.counts.outcomeEvents());
        const auto failed = static_cast<double>(sum.counts.failed());
        // Edges of windows are interpolated, and rounded.
        CHECK(failed >= least * all - 2);
        CHECK(failed <= most * all + 2);
      }
      REQUIRE(watcher.counted[Metric::requests] <= truth.between(kStart, at)[Metric::requests]);
    }
    for (auto at = truth.end() - 40min; at <= truth.end(); at += 1min) watcher.read(truth.shownAt(at), at);
    CHECK(watcher.counted == truth.between(kStart, truth.end()));
  }
}
