// One or two answers that are wrong by much count nothing; what is right counts two reads later at most.
#include "delivery/plausibility.hpp"

#include <catch2/catch.hpp>

#include "delivery/ledger.hpp"

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

  void pass() {
    at += 60s;
    const bool fails = ++minute % 10 == 0;
    today += mail(usual, usual - (fails ? 1 : 0), fails ? 1 : 0);
  }
  Counts read(const Counts& shown) {
    Read answer{{"main", subject.dimension}, kStart + at, kToday - std::chrono::days(3), kToday, {}, true};
    answer.totals.push_back({subject, {{kToday, shown}}});
    const auto counts = ledger.apply(answer).increments.at(0).counts;
    gained += counts;
    return counts;
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
  account.minutes(2);
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

TEST_CASE("incidents are no lies: outcomes that requests explain count at once") {
  Account account;
  account.started();
  SECTION("all mail fails") {
    account.at += 60s;
    account.today += mail(33, 0, 33);
    CHECK(account.read(account.today) == mail(33, 0, 33));
  }
  SECTION("outcomes that were late come at once") {
    for (int i = 0; i < 30; ++i) {
      account.at += 60s;
      account.today += mail(33, 0);
      CHECK(account.read(account.today) == mail(33, 0));
    }
    account.at += 60s;
    account.today += mail(33, 31 * 33);
    CHECK(account.read(account.today) == mail(33, 31 * 33));
  }
  SECTION("after an hour without an answer an hour's mail is plausible") {
    for (int i = 0; i < 60; ++i) account.pass();
    account.read(account.today);
    CHECK(account.gained == account.today);
  }
  SECTION("small senders wait for nothing") {
    account.at += 60s;
    account.today += mail(90, 60, 30);
    CHECK(account.read(account.today) == mail(90, 60, 30));
  }
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
  CHECK(outcomes(0, 40)[Metric::blocks] == 40);
  account.at += 60s;
  CHECK(account.read(lie(account.today, Metric::blocks, 5000)).isZero());
  CHECK(outcomes(30, 3)[Metric::blocks] == 3);
}
