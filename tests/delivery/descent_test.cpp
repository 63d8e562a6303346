// Whatever lied upward, and for how long: soon after it the windows hold what there was.
#include "delivery/descent.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Source kSource{"main", Dimension::account};
const Instant kStart = parseIso("2026-11-25T06:00:00Z").value();
const Date kToday = parseDate("2026-11-25").value();
constexpr std::chrono::days kDay{1};

Counts times(const Counts& counts, double factor) {
  Counts scaled;
  for (const auto metric : allMetrics())
    scaled[metric] = std::llround(std::floor(static_cast<double>(counts[metric]) * factor));
  return scaled;
}

// An account of 30 mails a minute, of which one in a hundred fails, read every minute.
struct Account {
  Counts truth;
  std::vector<Counts> each;  // the truth of each minute
  Ledger ledger;
  Windows windows;
  Counts counted;
  Duration at{};
  int failing = 0;  // mails a minute, else one in a hundred
  int perMinute = 30;

  explicit Account(std::int64_t already) {
    truth[Metric::requests] = truth[Metric::processed] = already;
    truth[Metric::bounces] = already / 100;
    truth[Metric::delivered] = already - already / 100;
    read(truth);
  }
  // Whether the answer waits for later ones.
  bool read(const Counts& today) {
    Read answer{kSource, kStart + at, kToday - kDay, kToday + kDay, {}, true};
    Counts yesterday;
    yesterday[Metric::requests] = yesterday[Metric::processed] = yesterday[Metric::delivered] = 30'000;
    answer.totals.push_back({kMain, {{kToday - kDay, yesterday}, {kToday, today}, {kToday + kDay, {}}}});
    const auto changes = ledger.apply(answer, &windows);
    for (const auto& increment : changes.increments) {
      counted += increment.counts;
      windows.add(increment);
    }
    return changes.held.has_value();
  }
  void pass(double factor = 1) {
    at += 1min;
    const std::int64_t bad = failing > 0 ? failing : static_cast<int>(each.size()) % 3 == 0 ? 1 : 0;
    Counts gained;
    gained[Metric::requests] = gained[Metric::processed] = perMinute;
    gained[Metric::bounces] = bad;
    gained[Metric::delivered] = perMinute - bad;
    truth += gained;
    each.push_back(gained);
    if (!read(times(truth, factor))) return;
    // What is doubtful is asked for again soon.
    at += 30s;
    read(times(truth, factor));
    at -= 30s;
  }
  void minutes(int count, double factor = 1) {
    for (int minute = 0; minute < count; ++minute) pass(factor);
  }
  // What is kept only in memory is lost.
  void restart() {
    Ledger next;
    next.restoreRead(kSource, *ledger.lastRead(kSource), *ledger.daysAsked(kSource));
    for (const auto& cell : ledger.cells(kMain)) next.restore(cell);
    ledger = next;
    Windows again;
    for (const auto& mark : windows.find(kMain)->marks()) again.at(kMain).restore(mark);
    windows = again;
  }
  Counts happened(int lately) const {
    Counts sum;
    for (auto i = each.size() - static_cast<std::size_t>(lately); i < each.size(); ++i) sum += each[i];
    return sum;
  }
  WindowSum lately(Duration window) const { return windows.sum(kMain, window, kStart + at, 3min); }
  static double badShare(const Counts& counts) {
    return static_cast<double>(counts.failed()) /
           static_cast<double>(std::max<std::int64_t>(1, counts.outcomeEvents()));
  }
};

}  // namespace

TEST_CASE("after any lie upward, an outage is seen within ten minutes, with its share") {
  const double factor = GENERATE(1.2, 1.5, 2.0, 3.0, 6.0, 10.0);
  const int lasted = GENERATE(1, 2, 4, 7, 12, 20, 33, 45, 60);
  const int already = GENERATE(300, 3'000, 20'000);
  const int later = GENERATE(0, 3, 15);
  const bool restarted = GENERATE(false, true);
  const int failing = GENERATE(15, 30);
  CAPTURE(factor, lasted, already, later, restarted, failing);
  Account account(already);
  account.minutes(90);
  account.minutes(lasted / 2, factor);
  if (restarted) account.restart();
  account.minutes(lasted - lasted / 2, factor);
  account.minutes(later);
  account.failing = failing;
  // Seen: known, and far above what fails as a rule.
  int seen = 0;
  for (int minute = 1; minute <= 25; ++minute) {
    account.pass();
    const auto sum = account.lately(10min);
    // Of a source that was not read now, windows are those of the last read, while that is not old.
    if (!sum.knows(kOutcomeMetrics | Metrics{Metric::requests}) || sum.tail > Duration{}) continue;
    if (seen == 0 && Account::badShare(sum.counts) > 0.1) seen = minute;
    CAPTURE(minute);
    // The first answer after the lie has a minute of the outage, of which nobody knows that it is of that
    // one.
    const double allowed = minute > 10 ? 0.05 : 0.11;
    CHECK(std::abs(Account::badShare(sum.counts) - Account::badShare(account.happened(10))) <= allowed);
  }
  CHECK(seen > 0);
  CHECK(seen <= 10);
  const auto sum = account.lately(10min);
  CHECK(sum.counts == account.happened(10));
}

TEST_CASE("a lie in one metric is found out like one in all") {
  const auto metric = GENERATE(Metric::delivered, Metric::requests);
  const int lasted = GENERATE(3, 30);
  CAPTURE(name(metric), lasted);
  Account account(3'000);
  account.minutes(90);
  for (int minute = 0; minute < lasted; ++minute) {
    account.pass();
    auto lie = account.truth;
    lie[metric] += 40;
    account.at += 10s;
    account.read(lie);
    account.at -= 10s;
  }
  account.failing = 15;
  account.minutes(21);
  const auto sum = account.lately(10min);
  REQUIRE(sum.knows(kOutcomeMetrics | Metrics{Metric::requests}));
  CHECK(std::abs(Account::badShare(sum.counts) - 0.5) <= 0.05);
}

TEST_CASE("a replica that lags adds no mail for ever, nor to the windows") {
  const int lag = GENERATE(2, 10, 30);
  const bool alternates = GENERATE(false, true);
  CAPTURE(lag, alternates);
  Account account(3'000);
  account.minutes(60);
  std::vector<Counts> totals;
  for (int minute = 0; minute < 120; ++minute) {
    account.pass();
    totals.push_back(account.truth);
    const bool lags = minute >= lag && (alternates ? minute / 7 % 2 == 0 : minute < 90);
    if (!lags) continue;
    account.at += 20s;
    account.read(totals[static_cast<std::size_t>(minute - lag)]);
    account.at -= 20s;
  }
  account.minutes(40);
  CHECK(account.counted[Metric::requests] <= account.happened(220)[Metric::requests]);
  const auto sum = account.lately(3h);
  REQUIRE(sum.knows(kOutcomeMetrics));
  CHECK(sum.counts[Metric::requests] == account.happened(180)[Metric::requests]);
}
