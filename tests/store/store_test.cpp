#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>

#include "store/alerts_table.hpp"
#include "store/meta_table.hpp"
#include "store/outbox_table.hpp"
#include "store/statistics_table.hpp"
#include "store/suppressions_table.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

const Instant kStart = parseIso("2026-11-23T00:00:00Z").value();
const Subject kMain{"main", Dimension::account, ""};
const delivery::Source kSource{"main", Dimension::account};

std::unique_ptr<Database> open(const testing::TempStore& place) {
  auto database = Database::open(place.path());
  REQUIRE(database.ok());
  return std::move(*database);
}

Counts delivered(std::int64_t n) {
  Counts counts;
  counts[Metric::delivered] = n;
  return counts;
}

// What the watch keeps in memory, and books there and in the store.
struct Memory {
  delivery::Ledger ledger;
  delivery::Windows windows;
  std::map<Subject, Counts> totals;

  void load(Database& database) {
    StatisticsTable table(database);
    REQUIRE(database.read([&] { table.load(ledger, windows, totals); }).ok());
  }
  bool book(Database& database, Instant at, std::int64_t today) {
    StatisticsTable table(database);
    const Date date{std::chrono::floor<std::chrono::days>(at.time_since_epoch())};
    const auto booking = ledger.book({kSource, at, date, date, {{kMain, {{date, delivered(today)}}}}, false});
    return database
        .transact([&] {
          for (const auto& increment : booking.increments) {
            table.change(increment.subject, windows.add(increment));
            totals[increment.subject] += increment.counts;
            table.putTotals(increment.subject, totals[increment.subject]);
          }
          for (const auto& cell : booking.changed) table.putCell(cell);
          table.putRead(kSource, at, *ledger.daysAsked(kSource));
        })
        .ok();
  }
};

}  // namespace

TEST_CASE("ledger, windows and totals come back as they were") {
  testing::TempStore place;
  Memory memory;
  {
    const auto database = open(place);
    for (int i = 0; i < 500; ++i) REQUIRE(memory.book(*database, kStart + i * 1min, i * 3));
  }
  const auto database = open(place);
  Memory again;
  again.load(*database);
  CHECK(again.ledger.cells(kMain) == memory.ledger.cells(kMain));
  CHECK(again.ledger.lastRead(kSource) == memory.ledger.lastRead(kSource));
  CHECK(again.windows.find(kMain)->marks() == memory.windows.find(kMain)->marks());
  CHECK(again.totals == memory.totals);
  CHECK(memory.totals[kMain][Metric::delivered] == 499 * 3);
  SECTION("a step of the wall clock moves what is stored as well") {
    StatisticsTable table(*database);
    REQUIRE(database->transact([&] { table.shift(-1h); }).ok());
    Memory shifted;
    shifted.load(*database);
    memory.windows.shift(-1h);
    CHECK(shifted.windows.find(kMain)->marks() == memory.windows.find(kMain)->marks());
  }
}

TEST_CASE("a transaction that fails leaves nothing behind") {
  testing::TempStore place;
  const auto database = open(place);
  MetaTable meta(*database);
  const auto failed = database->transact([&] {
    meta.put("a", "1");
    throw SqlError("no more");
  });
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == Error::Kind::storage);
  CHECK_FALSE(meta.get("a").has_value());
}

TEST_CASE("the same change is put into the outbox once a channel") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  Letter letter{0, "stall@main#1.1", "ops", "{}", kStart, 0, kStart, ""};
  CHECK(outbox.put(letter));
  CHECK_FALSE(outbox.put(letter));
  letter.channel = "mail";
  CHECK(outbox.put(letter));
  const auto waiting = outbox.waiting("ops", 10);
  REQUIRE(waiting.size() == 1);
  outbox.tryAgain(waiting[0].id, kStart + 40s, "503");
  CHECK(outbox.waiting("ops", 10)[0].attempts == 1);
  CHECK(outbox.waiting("ops", 10)[0].nextAttempt == kStart + 40s);
  outbox.undeliverable(waiting[0].id, kStart + 1min, "channel_is_archived");
  CHECK(outbox.depth().waiting == 1);
  CHECK(outbox.depth().undeliverable == 1);
  CHECK(outbox.retryUndeliverable("ops", kStart + 2min) == 1);
  outbox.delivered(waiting[0].id, kStart + 3min, "ok");
  outbox.prune(kStart + 30 * 24h, 7 * 24h);
  CHECK(outbox.waiting("ops", 10).empty());
  CHECK(outbox.depth().waiting == 1);
}

TEST_CASE("alerts come back as they were, and the table holds exactly what it is given") {
  testing::TempStore place;
  const auto database = open(place);
  AlertsTable table(*database);
  rules::Alert alert;
  alert.key = {"stall", kMain};
  alert.state = rules::State::firing;
  alert.firedAt = kStart;
  alert.episode = 7;
  rules::Alert other = alert;
  other.key.subject = {"main", Dimension::category, "password-reset"};
  const std::vector<rules::Alert> before{alert, other};
  table.put({}, before);
  std::size_t unreadable = 0;
  CHECK(table.load(unreadable) == before);
  table.put(before, std::vector<rules::Alert>{other});
  CHECK(table.load(unreadable) == std::vector<rules::Alert>{other});
  CHECK(unreadable == 0);
}

TEST_CASE("a list entry that a crawl misses is kept as removed, and may come back") {
  testing::TempStore place;
  const auto database = open(place);
  SuppressionsTable table(*database);
  const std::vector<suppression::Entry> entries{
      {"Taro@example.jp", kStart, "550 5.1.1 unknown", "5.1.1", ""}};
  const std::vector<std::uint64_t> prints{
      suppression::fingerprint(suppression::List::bounces, "taro@example.jp", kStart)};
  table.add("main", suppression::List::bounces, entries, kStart);
  CHECK(table.fingerprints("main", suppression::List::bounces) == prints);
  table.remove("main", suppression::List::bounces, prints, kStart + 1h);
  CHECK(table.fingerprints("main", suppression::List::bounces).empty());
  REQUIRE(table.find("taro@EXAMPLE.jp", 10).size() == 1);
  CHECK(table.find("taro@example.jp", 10)[0].removed == kStart + 1h);
  table.add("main", suppression::List::bounces, entries, kStart + 2h);
  CHECK(table.fingerprints("main", suppression::List::bounces) == prints);
  CHECK(table.find("taro@example.jp", 10)[0].firstSeen == kStart);
}

TEST_CASE("a file that cannot be used is refused with the remedy") {
  testing::TempStore place;
  SECTION("no such folder") {
    const auto database = Database::open(place.folder() + "/nowhere/a.db");
    REQUIRE_FALSE(database.ok());
    CHECK_THAT(database.error().text, Catch::Contains("must exist and be writable"));
  }
  SECTION("not a database") {
    std::ofstream(place.path()) << std::string(5000, 'x');
    const auto database = Database::open(place.path());
    REQUIRE_FALSE(database.ok());
    CHECK_THAT(database.error().text, Catch::Contains("move the file away"));
  }
  SECTION("written by a newer version") {
    {
      const auto database = open(place);
      REQUIRE(database->transact([&] { Statement(*database, "PRAGMA user_version=99").run(); }).ok());
    }
    const auto database = Database::open(place.path());
    REQUIRE_FALSE(database.ok());
    CHECK_THAT(database.error().text, Catch::Contains("newer arrivald"));
  }
}

TEST_CASE("the file is readable by its owner only") {
  testing::TempStore place;
  const auto database = open(place);
  struct stat status {};
  REQUIRE(stat(place.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("killed at any instant, the store holds whole polls only, and every one that was acknowledged") {
  std::mt19937 random(20261123);
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    testing::TempStore place;
    int progress[2];
    REQUIRE(pipe(progress) == 0);
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto database = Database::open(place.path());
      if (!database) _exit(1);
      Memory memory;
      for (int i = 0; i < 100'000; ++i) {
        if (!memory.book(**database, kStart + i * 1min, i % 1440)) _exit(1);
        if (write(progress[1], &i, sizeof i) != sizeof i) _exit(1);
      }
      _exit(0);
    }
    close(progress[1]);
    int acknowledged = -1;
    const int killAt = 3 + static_cast<int>(random() % 60);
    while (acknowledged < killAt &&
           read(progress[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    kill(child, SIGKILL);
    while (read(progress[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    close(progress[0]);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    const auto database = open(place);
    Memory memory;
    memory.load(*database);
    const auto at = memory.ledger.lastRead(kSource);
    REQUIRE(at.has_value());
    const auto polls = (*at - kStart) / 1min;
    CHECK(polls >= acknowledged);
    CHECK(polls <= acknowledged + 1);
    CHECK(memory.totals[kMain][Metric::delivered] == polls);
    CHECK(memory.windows.find(kMain)->lastRead() == at);
  }
}
