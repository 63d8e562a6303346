// A lie that lasts is found out once honest answers rise from below it, and then costs nothing more.
#include "delivery/jumps.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Instant kStart = parseIso("2026-11-25T11:00:00Z").value();
const Date kToday = parseDate("2026-11-25").value();
constexpr std::chrono::days kDay{1};

Counts mail(std::int64_t requests, std::int64_t bounces) {
  Counts counts;
  counts[Metric::requests] = counts[Metric::processed] = requests;
  counts[Metric::delivered] = requests - bounces;
  counts[Metric::bounces] = bounces;
  return counts;
}

using Lie = std::function<Rows(const Rows&)>;

// One account, and what is known of it: `happened` since the first read, `counted` for ever, and the windows.
struct Account {
  Rows truth{{kToday - 3 * kDay, {}},
             {kToday - 2 * kDay, {}},
             {kToday - kDay, mail(30'000, 300)},
             {kToday, mail(14'000, 140)},
             {kToday + kDay, {}}};
  Ledger ledger;
  Windows windows;
  Counts happened;
  Counts counted;
  Duration at{};
  std::int64_t perMinute = 30;
  bool fails = false;
  Ledger::Changes changes;

  Account() {
    read(truth);
    for (int minute = 0; minute < 30; ++minute) pass();
  }
  void read(const Rows& rows) {
    Read answer{{"main", Dimension::account}, kStart + at, kToday - 3 * kDay, kToday + kDay, {}, true};
    SubjectTotals totals{kMain, {}};
    for (const auto& [date, counts] : rows) totals.days.push_back({date, counts});
    answer.totals.push_back(totals);
    changes = ledger.apply(answer, &windows);
    for (const auto& increment : changes.increments) {
      counted += increment.counts;
      windows.add(increment);
    }
  }
  void pass(const Lie& lie = {}) {
    at += 1min;
    const auto gained = mail(perMinute, fails ? perMinute : at % 10min == 0min ? 1 : 0);
    truth[kToday] += gained;
    happened += gained;
    read(lie ? lie(truth) : truth);
  }
  void minutes(int count, const Lie& lie = {}) {
    for (int minute = 0; minute < count; ++minute) pass(lie);
  }
  // As the store has it.
  void restart() {
    const Source source{"main", Dimension::account};
    Ledger next;
    next.restoreRead(source, *ledger.lastRead(source), *ledger.daysAsked(source));
    for (const auto& cell : ledger.cells(kMain)) next.restore(cell);
    next.restoreJumps(kMain, ledger.jumps(kMain));
    if (const auto usual = windows.find(kMain)->usual()) next.restoreUsual(kMain, *usual);
    ledger = next;
  }
  WindowSum lately(Duration window) const { return windows.sum(kMain, window, kStart + at, 3min); }
};

Lie today(std::function<Counts(Counts)> change) {
  return [change](const Rows& truth) {
    auto rows = truth;
    rows[kToday] = change(rows[kToday]);
    return rows;
  };
}

const Lie kForeign = today([](Counts) { return mail(555'555, 55'555); });
const Lie kDoubled = today([](Counts counts) { return counts + counts; });
Rows aDayAhead(const Rows& truth) {
  Rows rows;
  for (const auto& [date, counts] : truth) rows[date + kDay] = counts;
  return rows;
}
const Lie kHuge = today([](Counts counts) {
  counts[Metric::delivered] = 1'000'000'000'000;
  return counts;
});

}  // namespace

TEST_CASE("after a lie that lasted, windows are known and right within a quarter of an hour") {
  const int lasted = GENERATE(1, 2, 3, 5, 15, 45);
  const int kind = GENERATE(0, 1, 2, 3);
  CAPTURE(lasted, kind);
  const std::array<Lie, 4> lies{kForeign, kDoubled, aDayAhead, kHuge};
  Account account;
  account.minutes(lasted, lies.at(static_cast<std::size_t>(kind)));
  account.minutes(15);
  CHECK(account.changes.increments[0].stale.empty());
  const auto tenMinutes = account.lately(10min);
  CHECK(tenMinutes.knows(Metrics::all()));
  CHECK(tenMinutes.counts == mail(300, 1));

  account.fails = true;
  account.minutes(15);
  CHECK(account.lately(10min).counts == mail(300, 300));
  const auto all = account.lately(account.at - 1min);
  CHECK(all.knows(Metrics::all()));
  CHECK(all.counts[Metric::requests] == account.happened[Metric::requests] - 30);
  CHECK(all.counts[Metric::bounces] == account.happened[Metric::bounces]);
}

TEST_CASE("the counters keep what a lie added, and nothing is added twice") {
  Account account;
  account.minutes(5, kForeign);
  account.minutes(5);
  const auto wrong = account.counted - account.happened;
  CHECK(wrong[Metric::requests] > 500'000);
  account.minutes(20);
  CHECK(account.counted - account.happened == wrong);
  SECTION("not when the lie returns, and is denied once more") {
    account.minutes(5, kForeign);
    account.minutes(30);
    CHECK(account.counted[Metric::requests] - account.happened[Metric::requests] <= wrong[Metric::requests]);
    CHECK(account.lately(10min).counts == mail(300, 1));
    CHECK(account.lately(10min).knows(Metrics::all()));
  }
}

TEST_CASE("a restart neither forgets a lie that returns nor one that lasts") {
  Account account;
  account.minutes(5, kForeign);
  const bool lasts = GENERATE(false, true);
  CAPTURE(lasts);
  if (lasts) account.restart();
  account.minutes(30);
  const auto wrong = account.counted - account.happened;
  CHECK(wrong[Metric::requests] > 500'000);
  account.restart();
  account.minutes(5, kForeign);
  account.restart();
  account.minutes(30);
  CHECK(account.counted[Metric::requests] - account.happened[Metric::requests] <= wrong[Metric::requests]);
  CHECK(account.lately(10min).counts == mail(300, 1));
  CHECK(account.lately(10min).knows(Metrics::all()));
}

TEST_CASE("a total that outcomes cannot reach is unknown, refused and never counted") {
  Account account;
  account.minutes(45, kHuge);
  CHECK(account.changes.refused == Metrics{Metric::delivered});
  CHECK(account.changes.lacking.empty());
  CHECK(account.changes.increments[0].stale == Metrics{Metric::delivered});
  CHECK(account.lately(10min).counts[Metric::requests] == 300);
  CHECK_FALSE(account.lately(10min).knows({Metric::delivered}));
  account.minutes(3);  // at once it is too much to be believed
  CHECK(account.counted == account.happened);
}

TEST_CASE("a run is no lie, however a replica lags behind it") {
  const int behind = GENERATE(1, 3, 5, 10, 40);
  const int answers = GENERATE(1, 2, 5, 10, 30, 90);
  CAPTURE(behind, answers);
  Account account;
  std::vector<Rows> past;
  const auto pass = [&](bool lags) {
    past.push_back(account.truth);
    account.pass([&](const Rows& truth) {
      return lags ? past[past.size() - static_cast<std::size_t>(behind)] : truth;
    });
  };
  for (int minute = 0; minute < 60; ++minute) pass(false);
  account.perMinute = 10'000;
  for (int minute = 0; minute < 10; ++minute) pass(false);
  for (int minute = 0; minute < answers; ++minute) {
    account.perMinute = minute < 10 ? 10'000 : 30;
    pass(true);
  }
  for (int minute = 0; minute < 10; ++minute) pass(false);
  CHECK(account.counted == account.happened);
}

TEST_CASE("random lies leave the windows as a plain model has them a quarter of an hour later") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Account account;
    account.perMinute = 10 + roll(60);
    for (int lie = 0; lie < 6; ++lie) {
      const auto factor = 2 + roll(30);
      const auto plus = 1 + roll(1'000'000);
      const auto field = static_cast<Metric>(roll(5));
      const std::array<Lie, 6> lies{today([=](Counts counts) {
                                      Counts many;
                                      for (int i = 0; i < factor; ++i) many += counts;
                                      return many;
                                    }),
                                    today([=](Counts counts) { return counts + mail(plus, plus / 10); }),
                                    today([=](Counts) { return mail(20'000 + plus, 1000 + plus / 3); }),
                                    today([=](Counts counts) {
                                      counts[field] += plus;
                                      return counts;
                                    }),
                                    today([=](Counts counts) {
                                      counts[field] = roll(2) == 0 ? 0 : kLacking;
                                      return counts;
                                    }),
                                    aDayAhead};
      const auto kind = static_cast<std::size_t>(roll(6));
      const auto lasts = 1 + roll(30);
      account.minutes(lasts, lies.at(kind));
      CAPTURE(lie, kind, lasts, factor, plus, name(field), account.perMinute);
      account.fails = roll(2) == 0;
      account.minutes(16);
      const auto happened = account.happened;
      account.minutes(10);
      const auto window = account.lately(10min);
      CAPTURE(window.unknown.bits(), account.changes.increments[0].stale.bits());
      CHECK(window.knows(kOutcomeMetrics | Metrics{Metric::requests}));
      CHECK(window.counts == account.happened - happened);
    }
  }
}
