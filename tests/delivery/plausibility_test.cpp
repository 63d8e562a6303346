// One or two answers that are wrong, by whatever is much for the account, count nothing; what is right counts
// two reads later at most.
#include "delivery/plausibility.hpp"

#include <catch2/catch.hpp>

#include "delivery/ledger.hpp"
#include "delivery/window.hpp"

using namespace arrivald;
using namespace arrivald::delivery;
using namespace std::chrono_literals;

namespace {

const Subject kMain{"main", Dimension::account, ""};
const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();
const Date kToday = parseDate("2026-11-23").value();

Counts mail(std::int64_t requests, std::int64_t delivered, std::int64_t bounces = 0) {
  Counts counts;
  counts[Metric::requests] = counts[Metric::processed] = requests;
  counts[Metric::delivered] = delivered;
  counts[Metric::bounces] = bounces;
  return counts;
}

// An account with `usual` mails a minute, of which every tenth minute one bounces.
struct Account {
  Ledger ledger;
  std::int64_t usual = 33;
  Subject subject = kMain;
  Counts today;
  Counts gained;
  Duration at{};
  int minute = 0;
  Ledger::Changes changes;
  Windows windows;

  void pass() {
    at += 60s;
    const bool fails = ++minute % 10 == 0;
    today += mail(usual, usual - (fails ? 1 : 0), fails ? 1 : 0);
  }
  Counts read(const Counts& shown) {
    Read answer{{"main", subject.dimension}, kStart + at, kToday - std::chrono::days(3), kToday, {}, true};
    answer.totals.push_back({subject, {{kToday, shown}}});
    changes = ledger.apply(answer, &windows);
    for (const auto& increment : changes.increments) windows.add(increment);
    const auto counts = changes.increments.empty() ? Counts{} : changes.increments[0].counts;
    gained += counts;
    return counts;
  }
  void restart() {
    const Source source{"main", subject.dimension};
    Ledger next;
    next.restoreRead(source, *ledger.lastRead(source), *ledger.daysAsked(source));
    for (const auto& cell : ledger.cells(subject)) next.restore(cell);
    next.restoreUsual(subject, *windows.find(subject)->usual());
    ledger = next;
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      pass();
      read(today);
    }
  }
  Account& started() {
    read(today);
    minutes(20);
    return *this;
  }
};

Counts lie(Counts counts, Metric metric, std::int64_t value) {
  counts[metric] = value;
  return counts;
}

}  // namespace

TEST_CASE("one answer with a value that is too high adds nothing, and the next one all that is true") {
  Account account;
  account.started();
  Counts shown;
  account.pass();
  SECTION("bounces out of nothing") { shown = lie(account.today, Metric::bounces, 5000); }
  SECTION("more delivered than was ever requested") {
    shown = lie(account.today, Metric::delivered, 10'000'000);
  }
  SECTION("drops out of nothing") { shown = lie(account.today, Metric::bounceDrops, 900); }
  SECTION("complaints out of nothing") { shown = lie(account.today, Metric::spamReports, 900); }
  SECTION("requests alone") { shown = lie(account.today, Metric::requests, 3000); }
  SECTION("everything three times") { shown = account.today + account.today + account.today; }
  account.read(shown);
  for (const auto metric : allMetrics()) CHECK(account.gained[metric] <= account.today[metric]);
  account.minutes(1);
  CHECK(account.gained == account.today);
  account.minutes(30);
  CHECK(account.gained == account.today);
  account.pass();  // and again
  CHECK(account.read(account.today + account.today).isZero());
  account.minutes(3);
  CHECK(account.gained == account.today);
}

TEST_CASE("two wrong answers in a row add nothing, alike or growing, and cost the day nothing") {
  Account account;
  account.started();
  const auto factor = GENERATE(2, 3, 50);
  for (int i = 0; i < 2; ++i) {
    account.pass();
    Counts shown;
    for (int times = 0; times < factor + i; ++times) shown += account.today;
    CHECK(account.read(shown).isZero());
  }
  account.minutes(1);
  CHECK(account.gained == account.today);
  account.minutes(30);
  CHECK(account.gained == account.today);
}

TEST_CASE("a jump that lasts counts two reads later, and what follows it at once") {
  Account account;
  account.started();
  account.usual = 5000;  // a monthly run
  account.minutes(1);
  CHECK(account.gained[Metric::requests] == 20 * 33);
  account.minutes(1);
  CHECK(account.gained[Metric::requests] == 20 * 33);
  account.minutes(1);
  CHECK(account.gained == account.today);
  account.usual = 9000;
  account.minutes(1);
  CHECK(account.gained == account.today);
}

TEST_CASE("a jump that a lagging replica interrupts is confirmed by the answer after it") {
  Account account;
  account.started();
  const auto before = account.today;
  account.usual = 5000;
  account.minutes(1);
  account.pass();
  account.read(before);
  account.minutes(3);
  CHECK(account.gained == account.today);
}

TEST_CASE("a wrong answer that returns every other time adds nothing") {
  Account account;
  account.started();
  for (int i = 0; i < 20; ++i) {
    account.pass();
    auto shown = account.today;
    if (i % 2 == 0) shown[Metric::bounces] += 60;
    account.read(shown);
    CHECK(account.gained[Metric::bounces] <= account.today[Metric::bounces]);
  }
  account.minutes(1);
  CHECK(account.gained == account.today);
}

TEST_CASE("one answer confirms a jump that lies ten minutes back") {
  Account account;
  account.started();
  account.at += 10min;
  account.today += mail(50'000, 50'000);
  CHECK(account.read(account.today).isZero());
  account.at += 10min;
  account.today += mail(330, 330);
  account.read(account.today);
  CHECK(account.gained == account.today);
}

TEST_CASE("incidents are no lies: their failures count two reads later, all of them") {
  Account account;
  account.started();
  for (int i = 1; i <= 10; ++i) {
    account.at += 60s;
    account.today += mail(33, 0, 33);
    CHECK(account.read(account.today) == (i <= 2 ? Counts{} : i == 3 ? mail(99, 0, 99) : mail(33, 0, 33)));
  }
  // The pace is known now.
  account.minutes(60);
  account.at += 60s;
  account.today += mail(33, 0, 33);
  CHECK(account.read(account.today) == mail(33, 0, 33));
}

TEST_CASE("what is usual counts at once") {
  Account account;
  account.started();
  SECTION("outcomes that were late, faster than the mail that is requested") {
    for (int i = 0; i < 30; ++i) {
      account.at += 60s;
      account.today += mail(33, 0);
      CHECK(account.read(account.today) == mail(33, 0));
    }
    account.at += 60s;
    account.today += mail(33, 60);
    CHECK(account.read(account.today) == mail(33, 60));
  }
  SECTION("after an hour without an answer an hour's mail is plausible") {
    for (int i = 0; i < 60; ++i) account.pass();
    account.read(account.today);
    CHECK(account.gained == account.today);
  }
  SECTION("nearly twice as much as ever") {
    account.at += 60s;
    account.today += mail(60, 58, 2);
    CHECK(account.read(account.today) == mail(60, 58, 2));
  }
}

TEST_CASE("a lie is as great as it is for its account: small ones add nothing to a small sender") {
  // Some days of 20 mails each, and one bounce.
  Read answer{{"main", Dimension::account}, kStart, kToday - std::chrono::days(3), kToday, {}, true};
  const auto read = [&](Ledger& ledger, Duration at, const Counts& today) {
    answer.at = kStart + at;
    answer.totals = {{kMain, {{kToday - std::chrono::days(1), mail(20, 19, 1)}, {kToday, today}}}};
    return ledger.apply(answer);
  };
  Ledger ledger;
  Windows windows;
  auto today = mail(10, 10);
  read(ledger, 0s, today);
  for (int minute = 1; minute <= 120; ++minute) {
    if (minute % 25 == 0) today += mail(1, 1);
    windows.add(read(ledger, minute * 60s, today).increments.at(0));
  }
  if (GENERATE(false, true)) {
    CAPTURE("restarted");
    Ledger again;
    again.restoreRead(answer.source, *ledger.lastRead(answer.source), *ledger.daysAsked(answer.source));
    for (const auto& cell : ledger.cells(kMain)) again.restore(cell);
    again.restoreUsual(kMain, windows.find(kMain)->usual().value());
    ledger = again;
  }
  const Duration after = GENERATE(60s, 30min, 8h);
  const auto wrong = GENERATE(mail(0, 0, 3), mail(5, 0, 5), mail(20, 0, 20), mail(60, 20, 40));
  CAPTURE(toText(after), wrong[Metric::requests], wrong[Metric::bounces]);
  const auto shown = read(ledger, 120min + after, today + wrong).increments.at(0);
  CHECK(shown.counts.isZero());
  CHECK(shown.stale == Metrics::all());
  const auto next = read(ledger, 120min + after + 30s, today);
  CHECK(next.increments.at(0).counts.isZero());
  CHECK(next.increments.at(0).stale.empty());
  CHECK_FALSE(next.held);
  CHECK(next.changed.empty());
}

TEST_CASE("an answer about more days waits for one about as many, and others do not deny it") {
  Ledger ledger;
  const auto read = [&](Duration at, int back, const Counts& longAgo) {
    Read answer{
        {"main", Dimension::account}, kStart + at, kToday - std::chrono::days(back), kToday, {}, true};
    answer.totals = {{kMain, {{kToday - std::chrono::days(3), mail(30, 30)}, {kToday, mail(10, 10)}}}};
    if (back > 5) answer.totals[0].days.push_back({kToday - std::chrono::days(20), longAgo});
    return ledger.apply(answer);
  };
  read(0s, 30, mail(30, 30));
  for (int minute = 1; minute <= 10; ++minute) read(minute * 60s, 3, {});
  CHECK(read(11min, 30, mail(90, 90)).held);
  for (int minute = 12; minute <= 15; ++minute) CHECK_FALSE(read(minute * 60s, 3, {}).held);
  CHECK(read(16min, 30, mail(90, 90)).increments.at(0).counts[Metric::requests] == 0);
  CHECK(read(17min, 30, mail(90, 90)).increments.at(0).counts[Metric::requests] == 60);
}

TEST_CASE("where a source has no requests its outcomes are its mail") {
  Account account;
  account.subject = {"main", Dimension::mailboxProvider, "Gmail"};
  const auto outcomes = [&](std::int64_t delivered, std::int64_t blocks) {
    account.at += 60s;
    account.today[Metric::delivered] += delivered;
    account.today[Metric::blocks] += blocks;
    return account.read(account.today);
  };
  account.read(account.today);
  for (int i = 0; i < 20; ++i) outcomes(33, 0);
  CHECK(outcomes(33, 2)[Metric::blocks] == 2);
  for (const int blocks : {5000, 40}) {
    account.at += 60s;
    CHECK(account.read(lie(account.today, Metric::blocks, 2 + blocks)).isZero());
  }
  CHECK(outcomes(30, 3)[Metric::blocks] == 3);
}

TEST_CASE("a new steady pace is confirmed once and holds on") {
  Account account;
  account.read(account.today);
  SECTION("of a newcomer's first mails") { account.usual = 240; }
  SECTION("after minutes without any") {
    account.usual = 0;
    account.minutes(20);
    account.usual = 60;
  }
  int held = 0;
  for (int minute = 0; minute < 30; ++minute) {
    account.pass();
    if (account.read(account.today).isZero()) ++held;
  }
  CHECK(held <= 4);
  CHECK(account.gained == account.today);
}

TEST_CASE("a monthly run after days of little mail is confirmed once and holds on") {
  Ledger ledger;
  int held = 0;
  Counts today;
  const auto day = std::chrono::days(1);
  const Counts little = mail(20, 20);
  for (int minute = 0; minute < 60; ++minute) {
    if (minute >= 20) today += mail(60, 60);
    Read answer{{"main", kMain.dimension}, kStart + minute * 1min, kToday - 3 * day, kToday, {}, true};
    answer.totals.push_back({kMain, {{kToday - day, little}, {kToday, today}}});
    const auto counts = ledger.apply(answer).increments.at(0).counts;
    if (minute >= 20 && counts.isZero()) ++held;
  }
  CHECK(held == 2);
}

TEST_CASE("outcomes beyond all mail are not believed for 25 minutes, and cost nothing once they go") {
  const auto metric = GENERATE(Metric::bounces, Metric::blocks, Metric::bounceDrops);
  const bool restarts = GENERATE(false, true);
  CAPTURE(name(metric), restarts);
  Account account;
  account.usual = 7;
  account.started();
  account.minutes(100);
  for (int i = 0; i < 24; ++i) {
    account.pass();
    auto shown = account.today;
    shown[metric] += 900;
    account.read(shown);
    CHECK(account.gained[metric] <= account.today[metric]);
    CHECK(account.changes.refused == Metrics{metric});
    REQUIRE(account.changes.contradiction);
    CHECK(account.changes.contradiction->metric == metric);
    CHECK(account.changes.contradiction->total == shown[metric]);
    CHECK(account.changes.contradiction->requested == account.today[Metric::requests]);
    CHECK(account.changes.contradiction->together == account.today[Metric::requests] + 900);
    CHECK(account.changes.increments.at(0).stale == Metrics{metric});
    CHECK_FALSE(account.changes.held);
    if (restarts && i == 20) account.restart();
  }
  account.minutes(1);
  CHECK(account.gained == account.today);
  CHECK(account.changes.refused.empty());
}

TEST_CASE("outcomes beyond all mail that stay are counted, and what follows is seen again") {
  Account account;
  account.usual = 7;
  account.started();
  account.minutes(100);
  // A receiver sends back what it took.
  account.today[Metric::bounces] += 900;
  account.minutes(24);
  CHECK(account.gained[Metric::bounces] < 900);
  account.minutes(5);
  CHECK(account.gained == account.today);
  CHECK(account.changes.refused.empty());
  account.today[Metric::bounces] += 5;
  account.minutes(1);
  CHECK(account.gained == account.today);
}

TEST_CASE("bounces of mail that was open for hours are believed, however many come at once") {
  Account account;
  account.usual = 7;
  account.started();
  // For two hours the receiver puts everything off, and then turns it away.
  for (int i = 0; i < 120; ++i) {
    account.at += 60s;
    account.today += mail(7, 0);
    account.read(account.today);
  }
  CHECK(account.gained == account.today);
  account.at += 60s;
  account.today += mail(7, 0, 7 * 121);
  for (int read = 1; read <= 3; ++read) {
    account.read(account.today);
    CHECK(account.changes.refused.empty());
    account.at += 30s;
  }
  CHECK(account.gained == account.today);
}

TEST_CASE("mail that bounces after it was delivered is believed while it comes one by one") {
  Account account;
  account.usual = 20;
  account.started();
  for (int i = 0; i < 60; ++i) {
    account.at += 60s;
    account.today += mail(20, 20, 10);
    account.read(account.today);
    CHECK(account.changes.refused.empty());
  }
  account.minutes(3);
  CHECK(account.gained == account.today);
}
