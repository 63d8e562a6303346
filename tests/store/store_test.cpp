#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "store/alarm_file.hpp"
#include "store/alerts_table.hpp"
#include "store/lock_holder.hpp"
#include "store/meta_table.hpp"
#include "store/outbox_table.hpp"
#include "store/statistics_table.hpp"
#include "store/suppressions_table.hpp"
#include "support/store_reader.hpp"
#include "support/temp_store.hpp"
#include "suppression/index.hpp"

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
    const auto changes =
        ledger.apply({kSource, at, date, date, {{kMain, {{date, delivered(today)}}}}, false});
    return database
        .transact([&] {
          for (const auto& increment : changes.increments) {
            table.series().change(increment.subject, windows.add(increment));
            totals[increment.subject] += increment.counts;
            table.series().putTotals(increment.subject, totals[increment.subject]);
          }
          for (const auto& cell : changes.changed) table.putCell(cell);
          table.putRead(kSource, at, *ledger.daysAsked(kSource));
        })
        .ok();
  }
};

}  // namespace

TEST_CASE("ledger, windows and totals are read back unchanged") {
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

TEST_CASE("a day whose totals were taken back goes on from what was read after it") {
  testing::TempStore place;
  Memory memory;
  const auto truth = [](int minute) { return 100 + 3 * minute; };
  {
    const auto database = open(place);
    for (int i = 0; i < 60; ++i) {
      const bool lies = i >= 30 && i < 50;
      REQUIRE(memory.book(*database, kStart + i * 1min, (lies ? 120 : 100) * truth(i) / 100));
    }
  }
  REQUIRE_FALSE(memory.ledger.cells(kMain).back().descended.empty());
  const auto database = open(place);
  Memory again;
  again.load(*database);
  CHECK(again.ledger.cells(kMain) == memory.ledger.cells(kMain));
  CHECK(again.windows.find(kMain)->marks() == memory.windows.find(kMain)->marks());
  REQUIRE(again.book(*database, kStart + 60min, truth(60)));
  const auto sum = again.windows.sum(kMain, 5min, kStart + 60min, 3min);
  CHECK(sum.knows({Metric::delivered}));
  CHECK(sum.counts[Metric::delivered] == 15);
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

TEST_CASE("a subject that is new in a transaction that fails can be stored by the next") {
  testing::TempStore place;
  const auto database = open(place);
  StatisticsTable table(*database);
  const delivery::Series::Change change{{}, {{kStart, 1min, {}}}};
  const Subject other{"main", Dimension::category, "news"};
  const auto failed = database->transact([&] {
    table.series().change(kMain, change);
    table.series().putTotals(kMain, delivered(1));
    throw SqlError("no more");
  });
  REQUIRE_FALSE(failed.ok());
  REQUIRE(database->transact([&] { table.series().change(other, change); }).ok());
  REQUIRE(database->transact([&] { table.series().putTotals(kMain, delivered(2)); }).ok());
  Memory memory;
  memory.load(*database);
  CHECK(memory.totals == std::map<Subject, Counts>{{kMain, delivered(2)}});
  CHECK(memory.windows.find(kMain) == nullptr);
}

TEST_CASE("a change is put into the outbox once per channel") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  CHECK(outbox.put("stall@main#1.1", "ops", "{}", kStart));
  CHECK_FALSE(outbox.put("stall@main#1.1", "ops", "{}", kStart));
  CHECK(outbox.put("stall@main#1.1", "mail", "{}", kStart));
  const auto waiting = outbox.waiting("ops", 10);
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0] ==
        QueuedNotification{waiting[0].id, "stall@main#1.1", "ops", "{}", kStart, kStart, 0, kStart, ""});
  outbox.tryAgain(waiting[0].id, kStart + 40s, "503");
  CHECK(outbox.waiting("ops", 10)[0].attempts == 1);
  CHECK(outbox.waiting("ops", 10)[0].nextAttempt == kStart + 40s);
  outbox.undeliverable(waiting[0].id, kStart + 1min, "channel_is_archived");
  CHECK(outbox.depth() == OutboxTable::Depth{1, 1, kStart});
  CHECK(outbox.undeliverable(5).at(0).outcome == "channel_is_archived");
  CHECK(outbox.retry("ops", kStart + 2min) == 1);
  outbox.delivered(waiting[0].id, kStart + 3min, "ok");
  outbox.prune(kStart + 30 * 24h, 7 * 24h);
  CHECK(outbox.waiting("ops", 10).empty());
  CHECK(outbox.depth().waiting == 1);
}

TEST_CASE("a notification that waits again has the whole retry time") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  outbox.put("a", "ops", "{}", kStart);
  const auto id = outbox.waiting("ops", 1).at(0).id;
  outbox.tryAgain(id, kStart + 1h, "503");
  outbox.undeliverable(id, kStart + 24h, "503");
  CHECK(outbox.retry("ops", kStart + 25h) == 1);
  const auto again = outbox.waiting("ops", 1).at(0);
  CHECK(again.created == kStart);
  CHECK(again.tryingSince == kStart + 25h);
  CHECK(again.nextAttempt == kStart + 25h);
  CHECK(again.attempts == 0);
}

TEST_CASE("a notification refused twice by a working channel waits again by retry() only") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  outbox.put("a", "ops", "{}", kStart);
  const auto id = outbox.waiting("ops", 1).at(0).id;
  outbox.undeliverable(id, kStart, "400 invalid_blocks");
  CHECK(outbox.retryOnce("ops", kStart + 1min) == 1);
  outbox.undeliverable(id, kStart, "400 invalid_blocks");
  CHECK(outbox.retryOnce("ops", kStart + 2min) == 0);
  CHECK(outbox.retry("ops", kStart + 3min) == 1);
  outbox.undeliverable(id, kStart, "400 invalid_blocks");
  CHECK(outbox.retryOnce("ops", kStart + 4min) == 1);
}

TEST_CASE("closing a channel's notifications closes all of them, and of no other channel") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  for (const auto* change : {"a", "b", "c"}) outbox.put(change, "ops", "{}", kStart);
  outbox.put("a", "mail", "{}", kStart);
  outbox.undeliverable(outbox.waiting("ops", 1).at(0).id, kStart, "404 no_service");
  CHECK(outbox.channels() == std::vector<std::string>{"mail", "ops"});
  const auto closed = outbox.close("ops", kStart + 1min, "removed");
  CHECK(closed.waiting == 2);
  CHECK(closed.undeliverable == 1);
  CHECK(outbox.channels() == std::vector<std::string>{"mail"});
  CHECK(outbox.depth() == OutboxTable::Depth{1, 0, kStart});
  CHECK(outbox.retry("ops", kStart + 2min) == 0);
  outbox.prune(kStart + 8 * 24h, 7 * 24h);
  CHECK(outbox.put("a", "ops", "{}", kStart + 8 * 24h));
}

TEST_CASE("when a change of a kind was last put is known until it is pruned") {
  testing::TempStore place;
  const auto database = open(place);
  OutboxTable outbox(*database);
  CHECK_FALSE(outbox.lastPut("undeliverable@ops#").has_value());
  outbox.put("undeliverable@ops#1", "mail", "{}", kStart);
  outbox.put("undeliverable@ops#2", "mail", "{}", kStart + 2h);
  outbox.put("undeliverable@ops2#3", "mail", "{}", kStart + 5h);
  CHECK(outbox.lastPut("undeliverable@ops#") == kStart + 2h);
}

TEST_CASE("alerts are read back unchanged, and the table contains exactly the given ones") {
  testing::TempStore place;
  const auto database = open(place);
  AlertsTable table(*database);
  rules::Alert alert;
  alert.key = {"stall", kMain};
  alert.state = rules::AlertState::firing;
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
  table.add("main", suppression::List::bounces, entries, std::vector<EntryFacets>(entries.size()), kStart);
  CHECK(table.fingerprints("main", suppression::List::bounces) == prints);
  table.remove("main", suppression::List::bounces, prints, kStart + 1h);
  CHECK(table.fingerprints("main", suppression::List::bounces).empty());
  REQUIRE(table.find("taro@EXAMPLE.jp", 10).size() == 1);
  CHECK(table.find("taro@example.jp", 10)[0].removed == kStart + 1h);
  table.add("main", suppression::List::bounces, entries, std::vector<EntryFacets>(entries.size()),
            kStart + 2h);
  CHECK(table.fingerprints("main", suppression::List::bounces) == prints);
  CHECK(table.find("taro@example.jp", 10)[0].firstSeen == kStart);
}

TEST_CASE("an address is found on every list and account, whatever its case") {
  testing::TempStore place;
  const auto database = open(place);
  SuppressionsTable table(*database);
  const std::vector<suppression::Entry> taro{{"Taro@example.jp", kStart, "unknown", "5.1.1", ""}};
  const std::vector<suppression::Entry> later{{"taro@example.jp", kStart + 1h, "again", "", "192.0.2.1"}};
  const std::vector<suppression::Entry> hanako{{"hanako@example.jp", kStart, "full", "", ""}};
  table.add("main", suppression::List::bounces, taro, std::vector<EntryFacets>(taro.size()), kStart);
  table.add("main", suppression::List::bounces, hanako, std::vector<EntryFacets>(hanako.size()), kStart);
  table.add("city", suppression::List::spamReports, later, std::vector<EntryFacets>(later.size()),
            kStart + 2h);
  const auto found = table.find("TARO@example.jp", 10);
  REQUIRE(found.size() == 2);
  CHECK(found[0].account == "city");
  CHECK(found[0].list == suppression::List::spamReports);
  CHECK(found[0].entry == later[0]);
  CHECK(found[0].firstSeen == kStart + 2h);
  CHECK(found[1].entry == taro[0]);
  CHECK(table.find("taro@example.jp", 1).size() == 1);
  CHECK(table.find("jiro@example.jp", 10).empty());
  CHECK(table.firstSeenWithin("main", suppression::List::bounces, kStart - 1h, kStart) == 2);
  CHECK(table.firstSeenWithin("main", suppression::List::bounces, kStart, kStart + 1h) == 0);
}

TEST_CASE("a removed subject leaves no rows behind, and can be added again") {
  testing::TempStore place;
  const auto database = open(place);
  Memory memory;
  for (int i = 0; i < 5; ++i) REQUIRE(memory.book(*database, kStart + i * 1min, i));
  StatisticsTable table(*database);
  Memory before;
  REQUIRE(database->read([&] { table.load(before.ledger, before.windows, before.totals); }).ok());
  REQUIRE(database->transact([&] { table.series().forget(kMain); }).ok());
  Memory again;
  again.load(*database);
  CHECK(again.ledger.subjects().empty());
  CHECK(again.windows.find(kMain) == nullptr);
  CHECK(again.totals.empty());
  REQUIRE(database->transact([&] { table.series().change(kMain, {{}, {{kStart + 5min, 1min, {}}}}); }).ok());
  again.load(*database);
  REQUIRE(again.windows.find(kMain) != nullptr);
  CHECK(again.windows.find(kMain)->lastRead() == kStart + 5min);
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
    CHECK_THAT(database.error().text, Catch::Contains("move " + place.path() + " away"));
  }
  SECTION("another program's database, which is left as it is") {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(place.path().c_str(), &handle) == SQLITE_OK);
    REQUIRE(sqlite3_exec(handle, "CREATE TABLE places (x); PRAGMA user_version=3", nullptr, nullptr,
                         nullptr) == SQLITE_OK);
    sqlite3_close(handle);
    std::stringstream before, after;
    before << std::ifstream(place.path()).rdbuf();
    const auto database = Database::open(place.path());
    REQUIRE_FALSE(database.ok());
    CHECK(database.error().kind == Error::Kind::storage);
    CHECK_THAT(database.error().text, Catch::Contains("was not written by this program") &&
                                          Catch::Contains("name another file in store.path"));
    after << std::ifstream(place.path()).rdbuf();
    CHECK(before.str() == after.str());
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

TEST_CASE("a damaged page is noticed at the start") {
  testing::TempStore place;
  {
    const auto database = open(place);
    Memory memory;
    for (int i = 0; i < 500; ++i) REQUIRE(memory.book(*database, kStart + i * 1min, i));
    database->checkpoint();
  }
  {
    std::fstream file(place.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file.tellp());
    for (std::int64_t at = 4096 * 20 + 10; at + 200 < size; at += 4096) {
      file.seekp(at);
      file << std::string(200, '\x55');
    }
  }
  const auto database = Database::open(place.path());
  REQUIRE_FALSE(database.ok());
  CHECK(database.error().kind == Error::Kind::damaged);
  CHECK_THAT(database.error().text,
             Catch::Contains("damaged") && Catch::Contains("move " + place.path() + " away"));
}

TEST_CASE("a second process cannot open the same file") {
  testing::TempStore place;
  const auto first = open(place);
  const auto second = Database::open(place.path());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == Error::Kind::locked);
  CHECK_THAT(second.error().text, Catch::Contains("has " + place.path() + " locked"));
}

TEST_CASE("the process that has a file locked is named") {
  testing::TempStore place;
  open(place);
  CHECK_FALSE(lockHolder(place.path()));
  CHECK_FALSE(lockHolder(place.path() + ".nowhere"));
  int toChild[2], fromChild[2];
  REQUIRE(::pipe(toChild) == 0);
  REQUIRE(::pipe(fromChild) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  char byte = 0;
  if (child == 0) {
    ::prctl(PR_SET_NAME, "arrivald");
    ::close(toChild[1]);
    const auto held = Database::open(place.path());
    byte = held.ok() ? 'y' : 'n';
    const bool said = ::write(fromChild[1], &byte, 1) == 1 && ::read(toChild[0], &byte, 1) == 0;
    ::_exit(said ? 0 : 1);
  }
  ::close(toChild[0]);
  REQUIRE(::read(fromChild[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  const auto holder = lockHolder(place.path());
  const auto refused = Database::open(place.path());
  ::close(toChild[1]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::close(fromChild[0]);
  ::close(fromChild[1]);
  REQUIRE(holder);
  CHECK(holder->process == child);
  CHECK(holder->program == "arrivald");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == Error::Kind::locked);
  CHECK_THAT(refused.error().text,
             Catch::Contains(fmt::format("another arrivald (process {}) is using {}", child, place.path())));
  CHECK_THAT(lockedBy(LockHolder{12, "sqlite3"}, "/x").english(),
             Catch::StartsWith("the process 12 (sqlite3) has /x locked"));
  CHECK_THAT(lockedBy(LockHolder{}, "/x").english(), Catch::StartsWith("another process has /x locked"));
  CHECK(Database::open(place.path()).ok());
}

TEST_CASE("where others only read the file, what it holds is read until they leave") {
  testing::TempStore place;
  {
    const auto database = open(place);
    REQUIRE(database->transact([&] { MetaTable(*database).put("key", "1"); }));
  }
  testing::StoreReader reader(place.path());
  const auto holder = lockHolder(place.path());
  const auto refused = Database::open(place.path());
  REQUIRE_FALSE(refused.ok());
  const auto database = Database::openUnwritable(place.path(), refused.error());
  const auto meanwhile = database->transact([] {});
  const auto again = database->reopen();
  std::string read;
  CHECK(database->read([&] { read = MetaTable(*database).get("key").value_or(""); }));
  CHECK(reader.leave());
  REQUIRE(holder);
  CHECK(holder->onlyReads);
  CHECK_FALSE(holder->mayBeArrivald());
  CHECK(refused.error().kind == Error::Kind::locked);
  CHECK_FALSE(database->standsIn());
  REQUIRE_FALSE(meanwhile);
  CHECK(meanwhile.error().kind == Error::Kind::locked);
  CHECK_THAT(meanwhile.error().text, Catch::EndsWith("goes on, and writes again once it can"));
  REQUIRE_FALSE(again);
  CHECK_THAT(again.error().text, Catch::StartsWith(fmt::format("the process {} (sqlite3) has {} locked",
                                                               reader.process(), place.path())));
  CHECK(read == "1");
  REQUIRE(database->reopen());
  CHECK(database->transact([&] { MetaTable(*database).put("key", "2"); }));
}

TEST_CASE("on a full disk a whole transaction fails with the remedy; with free space it succeeds") {
  testing::TempStore place;
  const auto database = open(place);
  MetaTable meta(*database);
  REQUIRE(database->transact([&] { meta.put("before", "1"); }).ok());
  REQUIRE(database->read([&] { Statement(*database, "PRAGMA max_page_count=30").run(); }).ok());
  const auto full = database->transact([&] {
    meta.put("a", "1");
    for (int i = 0; i < 1000; ++i) meta.put("key" + std::to_string(i), std::string(1000, 'x'));
  });
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().kind == Error::Kind::diskFull);
  CHECK(full.error().party == Party::storage);
  CHECK_THAT(full.error().text,
             Catch::Contains("the disk is full: free space on the file system of " + place.path()) &&
                 Catch::Contains("writes again once it can"));
  CHECK_FALSE(full.error().phrase.empty());  // to be said in every language, without SQLite's words
  CHECK_THAT(full.error().text, !Catch::Contains("database or disk is full"));
  CHECK(database->fault() == Error::Kind::diskFull);
  CHECK_FALSE(meta.get("a").has_value());
  CHECK(meta.get("before") == "1");
  REQUIRE(database->read([&] { Statement(*database, "PRAGMA max_page_count=100000").run(); }).ok());
  CHECK(database->transact([&] { meta.put("a", "2"); }).ok());
  CHECK_FALSE(database->fault().has_value());
  CHECK(meta.get("a") == "2");
}

TEST_CASE("a folder that may not be written to is refused with the remedy") {
  testing::TempStore place;
  open(place).reset();
  REQUIRE(chmod(place.path().c_str(), 0444) == 0);
  REQUIRE(chmod(place.folder().c_str(), 0555) == 0);
  // In a process that is not root, which may write anywhere.
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    const auto database = Database::open(place.path());
    _exit(!database.ok() && database.error().text.find("writable by arrivald's user") != std::string::npos
              ? 0
              : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  chmod(place.folder().c_str(), 0755);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a read-only and a failing disk give different errors") {
  testing::TempStore place;
  const auto database = open(place);
  MetaTable meta(*database);
  const auto write = [&] {
    return database->transact([&] {
      for (int i = 0; i < 100; ++i) meta.put("key" + std::to_string(i), std::string(1000, 'x'));
    });
  };
  SECTION("read-only") {
    REQUIRE(database->read([&] { Statement(*database, "PRAGMA query_only=1").run(); }).ok());
    const auto refused = write();
    REQUIRE_FALSE(refused.ok());
    CHECK(database->fault() == Error::Kind::readOnly);
    CHECK_THAT(refused.error().text, Catch::Contains("must exist and be writable by arrivald's user") &&
                                         Catch::Contains("not mounted read-only"));
  }
  SECTION("an I/O error") {
    // A file that may not grow: write() fails with EFBIG, as it fails with EIO on a broken disk.
    const auto former = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit small = before;
    small.rlim_cur = 1024;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto refused = write();
    const auto fault = database->fault();
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, former);
    REQUIRE_FALSE(refused.ok());
    CHECK(fault == Error::Kind::ioError);
    CHECK_THAT(refused.error().text, Catch::Contains("may be failing: see the system's log"));
    CHECK(write().ok());
  }
}

TEST_CASE("a file that others delete, replace or empty takes nothing more, and the error says so") {
  testing::TempStore folder;
  const auto path = folder.path();
  auto database = Database::open(path).value();
  const auto put = [&] {
    return database->transact([&] { Statement(*database, "DELETE FROM alerts").run(); });
  };
  REQUIRE(put());
  SECTION("deleted") { std::filesystem::remove(path); }
  SECTION("replaced") {
    std::filesystem::rename(path, path + ".old");
    std::filesystem::copy_file(path + ".old", path);
  }
  SECTION("emptied") { std::filesystem::resize_file(path, 0); }
  CHECK(database->checkFiles().error().kind == Error::Kind::notFound);
  const auto refused = put();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Error::Kind::notFound);
  CHECK(refused.error().party == Party::storage);
  CHECK(refused.error().text.find("restart arrivald") != std::string::npos);
  CHECK(database->fault() == Error::Kind::notFound);
}

namespace {

// A database with some committed values, of which only the log knows.
struct WithLog {
  testing::TempStore folder;
  std::string path = folder.path(), log = path + "-wal";
  std::unique_ptr<Database> database = Database::open(path).value();

  Done put(int value) {
    MetaTable meta(*database);
    return database->transact([&] {
      meta.put(fmt::format("key {}", value), std::string(3000, static_cast<char>('a' + value % 26)));
    });
  }
  void putUntil(int end) {
    for (int i = 0; i < end; ++i) REQUIRE(put(i));
  }
  /// How many of the first `end` values there are.
  static int present(Database& database, int end) {
    MetaTable meta(database);
    int count = 0;
    REQUIRE(database.read([&] {
      for (int i = 0; i < end; ++i) count += meta.get(fmt::format("key {}", i)) ? 1 : 0;
    }));
    return count;
  }
  /// What a process finds that starts after this one was killed: a copy of what lies on the disk.
  int afterKill(int end) const {
    testing::TempStore copy;
    std::filesystem::copy_file(path, copy.path());
    if (std::filesystem::exists(log)) std::filesystem::copy_file(log, copy.path() + "-wal");
    const auto opened = Database::open(copy.path());
    REQUIRE(opened);
    return present(**opened, end);
  }
};

}  // namespace

TEST_CASE_METHOD(WithLog, "a log that others delete or replace is noticed, and nothing is lost") {
  putUntil(300);
  SECTION("deleted") { std::filesystem::remove(log); }
  SECTION("moved away") { std::filesystem::rename(log, log + ".away"); }
  SECTION("replaced by another file") {
    std::filesystem::remove(log);
    std::ofstream(log) << "not a log";
  }
  SECTION("replaced by an older state of itself") {
    std::filesystem::copy_file(log, log + ".older");
    REQUIRE(put(0));
    std::filesystem::rename(log + ".older", log);
  }
  SECTION("moved and written as a new, empty file") {
    std::filesystem::rename(log, log + ".1");
    std::ofstream{log};
  }
  const auto refused = put(300);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Error::Kind::notFound);
  CHECK_FALSE(database->isWritable());
  CHECK_FALSE(put(300));
  REQUIRE(database->reopen());
  CHECK(database->isWritable());
  CHECK(present(*database, 300) == 300);
  REQUIRE(put(300));
  CHECK(afterKill(301) == 301);
}

TEST_CASE_METHOD(WithLog, "a file that others overwrite in place is noticed, and its log leaves it alone") {
  putUntil(50);
  database->checkpoint();
  const testing::TempStore older;
  std::filesystem::copy_file(path, older.path());
  for (int i = 0; i < 50; ++i) REQUIRE(put(50 + i));
  SECTION("by an older state of another size") { database->checkpoint(); }
  SECTION("by one of the same size") {}
  REQUIRE(put(0));
  const auto bytes = std::filesystem::file_size(path);
  {
    std::ifstream from(older.path(), std::ios::binary);
    std::ofstream to(path, std::ios::binary | std::ios::in | std::ios::out);
    if (bytes == std::filesystem::file_size(older.path())) {
      to.seekp(0, std::ios::end);
      to.seekp(-4096, std::ios::cur);
      to << std::string(4096, 'x');
    } else {
      to << from.rdbuf();
    }
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(older.path()));
  const auto refused = put(200);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Error::Kind::notFound);
  CHECK_THAT(refused.error().text, Catch::Contains("was overwritten while arrivald runs"));
  CHECK_FALSE(database->checkFiles());
  if (bytes != std::filesystem::file_size(older.path())) CHECK(afterKill(100) == 50);
  database->checkpoint();
  database.reset();
  CHECK_FALSE(std::filesystem::exists(log));
  CHECK(std::filesystem::exists(log + "-set-aside"));
}

TEST_CASE_METHOD(WithLog, "a file whose time is set is the same") {
  putUntil(50);
  database->checkpoint();
  REQUIRE(put(51));
  std::filesystem::last_write_time(path,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(5));
  CHECK(put(52));
  CHECK(database->checkFiles());
}

TEST_CASE_METHOD(WithLog, "a log that others cut is noticed before anything else is acknowledged") {
  putUntil(300);
  const auto size = std::filesystem::file_size(log);
  const auto left = GENERATE(std::uintmax_t{0}, std::uintmax_t{20}, std::uintmax_t{1'500'000});
  REQUIRE(left < size);
  std::filesystem::resize_file(log, left);
  CHECK_FALSE(database->checkFiles());
  // Growing again does not bring back what it held.
  std::filesystem::resize_file(log, size);
  const auto refused = put(300);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text, Catch::Contains("may be missing"));
  std::filesystem::resize_file(log, left);
  REQUIRE(database->reopen());
  const auto kept = present(*database, 300);
  CHECK(kept < 300);
  if (left > 20) CHECK(kept > 0);
  for (int i = 0; i < 300; ++i) REQUIRE(put(i));
  CHECK(afterKill(300) == 300);
}

TEST_CASE_METHOD(WithLog, "a log that is cut after all of it was copied into the file costs nothing") {
  int count = 0;
  // Where it has begun again, what is cut from it is not in the file.
  const auto empty = std::filesystem::file_size(path);
  while (std::filesystem::file_size(path) == empty) REQUIRE(put(count++));
  const bool begunAgain = GENERATE(false, true);
  if (begunAgain)
    for (int i = 0; i < 20; ++i) REQUIRE(put(count++));
  std::filesystem::resize_file(log, 0);
  CHECK_FALSE(put(count));
  REQUIRE(database->reopen());
  CHECK(present(*database, count) >= (begunAgain ? count - 20 : count));
  CHECK(afterKill(count) == present(*database, count));
}

TEST_CASE_METHOD(WithLog, "a log that was lost is not read by the next process where this one stops") {
  putUntil(50);
  std::filesystem::copy_file(log, log + ".older");
  REQUIRE(put(7));
  std::filesystem::rename(log + ".older", log);
  database->checkpoint();
  database.reset();
  const auto opened = Database::open(path);
  REQUIRE(opened);
  CHECK(present(**opened, 50) == 50);
}

TEST_CASE_METHOD(WithLog, "a database whose file is gone as well stays refused") {
  putUntil(10);
  std::filesystem::remove(log);
  CHECK_FALSE(put(1));
  std::filesystem::remove(path);
  CHECK_FALSE(database->reopen());
  CHECK_FALSE(database->isWritable());
  CHECK_FALSE(put(1));
}

TEST_CASE("what was notified of the store is known after a restart") {
  testing::TempStore folder;
  const AlarmFile file(folder.path());
  CHECK_FALSE(file.read());
  file.write({Error::Kind::damaged, kStart});
  CHECK(AlarmFile(folder.path()).read() == AlarmFile::Notified{Error::Kind::damaged, kStart});
  file.write({Error::Kind::diskFull, kStart + 1h});
  CHECK(file.read()->kind == Error::Kind::diskFull);
  std::ofstream(folder.path() + "-alarm") << "damaged";
  CHECK_FALSE(file.read());
  file.remove();
  CHECK_FALSE(std::filesystem::exists(folder.path() + "-alarm"));
  const AlarmFile none(":memory:");
  none.write({Error::Kind::damaged, kStart});
  CHECK_FALSE(none.read());
}

TEST_CASE("each result code of SQLite has its kind") {
  CHECK(kindOf(SQLITE_FULL) == Error::Kind::diskFull);
  CHECK(kindOf(SQLITE_READONLY_DBMOVED) == Error::Kind::readOnly);
  CHECK(kindOf(SQLITE_CANTOPEN) == Error::Kind::readOnly);
  CHECK(kindOf(SQLITE_IOERR_FSYNC) == Error::Kind::ioError);
  CHECK(kindOf(SQLITE_CORRUPT_INDEX) == Error::Kind::damaged);
  CHECK(kindOf(SQLITE_NOTADB) == Error::Kind::damaged);
  CHECK(kindOf(SQLITE_BUSY_SNAPSHOT) == Error::Kind::locked);
  CHECK(kindOf(SQLITE_CONSTRAINT) == Error::Kind::storage);
  // The system's error says more.
  CHECK(kindOf(SQLITE_IOERR_WRITE, EDQUOT) == Error::Kind::diskFull);
  CHECK(kindOf(SQLITE_IOERR_FSYNC, ENOSPC) == Error::Kind::diskFull);
  CHECK(kindOf(SQLITE_IOERR_SHMSIZE, ENOSPC) == Error::Kind::diskFull);
  CHECK(kindOf(SQLITE_IOERR_WRITE, EROFS) == Error::Kind::readOnly);
  CHECK(kindOf(SQLITE_IOERR_READ, EIO) == Error::Kind::ioError);
  CHECK(kindOf(SQLITE_CANTOPEN, ENOSPC) == Error::Kind::diskFull);
  CHECK(kindOf(SQLITE_CANTOPEN, EACCES) == Error::Kind::readOnly);
  CHECK(kindOf(SQLITE_CANTOPEN, EMFILE) == Error::Kind::storage);
  CHECK(kindOf(SQLITE_FULL, EIO) == Error::Kind::diskFull);
}

TEST_CASE("a file that cannot be written is read all the same, and written again once it can be") {
  testing::TempStore place;
  {
    const auto database = open(place);
    MetaTable meta(*database);
    REQUIRE(database->transact([&] { meta.put("before", "1"); }).ok());
  }
  const auto database = Database::openUnwritable(
      place.path(), Error{Error::Kind::readOnly, "mounted read-only", Party::storage});
  MetaTable meta(*database);
  CHECK_FALSE(database->isWritable());
  std::optional<std::string> before;
  REQUIRE(database->read([&] { before = meta.get("before"); }));
  CHECK(before == "1");
  const auto refused = database->transact([&] { meta.put("after", "1"); });
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == Error::Kind::readOnly);
  CHECK_THAT(refused.error().text, Catch::Contains("writes again once it can"));
  REQUIRE(database->reopen());
  CHECK(database->isWritable());
  REQUIRE(database->transact([&] { meta.put("after", "1"); }).ok());
  CHECK(meta.get("before") == "1");
}

TEST_CASE(
    "where nothing can be read an empty database takes the place of the file, which is not overwritten") {
  testing::TempStore place;
  const Error full{Error::Kind::diskFull, "the disk is full", Party::storage};
  SECTION("a new file is written once there is space") {
    const auto database = Database::openUnwritable(place.path(), full);
    MetaTable meta(*database);
    std::optional<std::string> nothing;
    REQUIRE(database->read([&] { nothing = meta.get("before"); }));
    CHECK_FALSE(nothing);
    CHECK_FALSE(database->transact([&] { meta.put("a", "1"); }).ok());
    REQUIRE(database->reopen());
    CHECK(database->transact([&] { meta.put("a", "1"); }).ok());
  }
  SECTION("a damaged file stays as it is until somebody moves it") {
    std::ofstream(place.path()) << std::string(5000, 'x');
    const auto database = Database::openUnwritable(place.path(), full);
    CHECK_FALSE(database->reopen());
    std::filesystem::rename(place.path(), place.path() + ".away");
    REQUIRE(database->reopen());
    CHECK(database->isWritable());
  }
  SECTION("a file that can be read again is taken up by a restart") {
    const auto database = Database::openUnwritable(place.path(), full);
    {
      const auto other = open(place);
    }
    const auto reopened = database->reopen();
    REQUIRE_FALSE(reopened);
    CHECK_THAT(reopened.error().text, Catch::Contains("restart arrivald"));
    CHECK_FALSE(database->isWritable());
  }
}

TEST_CASE("a file of an earlier version is brought up to date, and keeps what it held") {
  testing::TempStore place;
  const char* const first[] = {"CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7)"};
  const char* const both[] = {first[0], "ALTER TABLE a RENAME TO b"};
  REQUIRE(Database::open(place.path(), first).ok());
  {
    const auto database = Database::open(place.path(), both);
    REQUIRE(database.ok());
    Statement row(**database, "SELECT x FROM b");
    REQUIRE(row.step());
    CHECK(row.integer(0) == 7);
  }
  const auto older = Database::open(place.path(), first);
  REQUIRE_FALSE(older.ok());
  CHECK_THAT(older.error().text, Catch::Contains("schema 2, this one knows 1"));
}

TEST_CASE("a step that fails leaves the file as the version before wrote it") {
  testing::TempStore place;
  const char* const first[] = {"CREATE TABLE a (x INTEGER)"};
  const char* const broken[] = {first[0], "CREATE TABLE b (x INTEGER); ALTER TABLE nowhere RENAME TO c"};
  REQUIRE(Database::open(place.path(), first).ok());
  const auto failed = Database::open(place.path(), broken);
  REQUIRE_FALSE(failed.ok());
  CHECK_THAT(failed.error().text, Catch::Contains("from schema 1 to 2"));
  const auto database = Database::open(place.path(), first);
  REQUIRE(database.ok());
  Statement tables(**database, "SELECT count(*) FROM sqlite_schema");
  REQUIRE(tables.step());
  CHECK(tables.integer(0) == 1);
}

TEST_CASE("a new file has the newest schema") {
  testing::TempStore place;
  const auto database = open(place);
  Statement version(*database, "PRAGMA user_version");
  REQUIRE(version.step());
  CHECK(version.integer(0) == static_cast<std::int64_t>(migrations().size()));
}

TEST_CASE("the file is readable by its owner only") {
  testing::TempStore place;
  const auto database = open(place);
  struct stat status{};
  REQUIRE(stat(place.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

namespace {

// A small watch: each step is one transaction over all tables, then one notification is delivered and marked.
class Worker {
 public:
  explicit Worker(Database& database)
      : database_(database), alerts_(database), outbox_(database), lists_(database), meta_(database) {}

  bool load() {
    StatisticsTable table(database_);
    return database_
        .read([&] {
          table.load(memory_.ledger, memory_.windows, memory_.totals);
          std::size_t unreadable = 0;
          known_ = alerts_.load(unreadable);
          index_.restore(lists_.fingerprints("main", suppression::List::bounces));
        })
        .ok();
  }

  int next() const {
    const auto at = memory_.ledger.lastRead(kSource);
    return at ? static_cast<int>((*at - kStart) / 1min) + 1 : 0;
  }

  bool step(int number) {
    const auto at = kStart + number * 1min;
    const Date date{std::chrono::floor<std::chrono::days>(at.time_since_epoch())};
    const auto changes =
        memory_.ledger.apply({kSource, at, date, date, {{kMain, {{date, delivered(number % 1440)}}}}, true});
    rules::Alert alert;
    alert.key = {"stall", kMain};
    alert.episode = number;
    const std::vector<rules::Alert> alerts{alert};
    // A page of a crawl: half of it is known.
    std::vector<suppression::Entry> page;
    for (int i = 0; i < 6; ++i)
      page.push_back({"user" + std::to_string(number * 3 + i) + "@example.jp", kStart, "", "", ""});
    std::vector<suppression::Entry> met;
    index_.add(suppression::List::bounces, page, met);
    const auto stored = database_.transact([&] {
      StatisticsTable table(database_);
      for (const auto& increment : changes.increments) {
        table.series().change(increment.subject, memory_.windows.add(increment));
        memory_.totals[increment.subject] += increment.counts;
        table.series().putTotals(increment.subject, memory_.totals[increment.subject]);
      }
      for (const auto& cell : changes.changed) table.putCell(cell);
      table.putRead(kSource, at, *memory_.ledger.daysAsked(kSource));
      alerts_.put(known_, alerts);
      outbox_.put("change " + std::to_string(number), "ops", "{}", at);
      lists_.add("main", suppression::List::bounces, page, std::vector<EntryFacets>(page.size()), at);
      meta_.put("step", std::to_string(number));
    });
    known_ = alerts;
    return stored.ok();
  }

  std::optional<QueuedNotification> notification() {
    std::vector<QueuedNotification> waiting;
    if (!database_.read([&] { waiting = outbox_.waiting("ops", 1); }) || waiting.empty()) return std::nullopt;
    return waiting[0];
  }
  bool tickOff(const QueuedNotification& notification) {
    return database_.transact([&] { outbox_.delivered(notification.id, notification.created, "ok"); }).ok();
  }

  void check(int steps) {
    REQUIRE(load());
    CHECK(next() == steps);
    if (steps == 0) return;
    CHECK(meta_.get("step") == std::to_string(steps - 1));
    CHECK(memory_.totals[kMain][Metric::delivered] == steps - 1);
    const auto* series = memory_.windows.find(kMain);
    REQUIRE(series != nullptr);
    CHECK(series->sum(24h, *series->lastRead(), 1min).counts[Metric::delivered] == steps - 1);
    REQUIRE(known_.size() == 1);
    CHECK(known_[0].episode == steps - 1);
    CHECK(index_.size() == static_cast<std::size_t>(steps) * 3 + 3);
    Statement changes(database_, "SELECT change FROM outbox ORDER BY id");
    for (int i = 0; i < steps; ++i) {
      REQUIRE(changes.step());
      CHECK(changes.text(0) == "change " + std::to_string(i));
    }
    CHECK_FALSE(changes.step());
  }

 private:
  Database& database_;
  AlertsTable alerts_;
  OutboxTable outbox_;
  SuppressionsTable lists_;
  MetaTable meta_;
  Memory memory_;
  std::vector<rules::Alert> known_;
  suppression::Index index_;
};

enum class Event : int { committed, sent };
struct Report {
  Event event;
  int number;
};

// What the child does until it is killed. `lifetime` above zero: by its own timer, wherever it is then.
[[noreturn]] void work(const std::string& path, int pipe, std::chrono::microseconds lifetime) {
  if (lifetime > 0us) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer{};
    itimerspec when{};
    when.it_value.tv_nsec = std::chrono::nanoseconds(lifetime).count();
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &when, nullptr) != 0)
      _exit(1);
  }
  const auto tell = [pipe](Event event, int number) {
    const Report report{event, number};
    if (write(pipe, &report, sizeof report) != sizeof report) _exit(1);
  };
  auto database = Database::open(path);
  if (!database) _exit(1);
  Worker worker(**database);
  if (!worker.load()) _exit(1);
  for (int number = worker.next(); number < 100'000; ++number) {
    if (!worker.step(number)) _exit(1);
    tell(Event::committed, number);
    const auto notification = worker.notification();
    if (!notification) continue;
    tell(Event::sent, static_cast<int>(notification->id));
    if (!worker.tickOff(*notification)) _exit(1);
  }
  _exit(0);
}

}  // namespace

TEST_CASE("a store that is killed repeatedly loses nothing and duplicates nothing") {
  std::mt19937 random(20261123);
  testing::TempStore place;
  int steps = 0;
  std::map<int, int> sent;
  std::map<int, int> sentLast;  // in the air when the process was killed
  for (int round = 0; round < 24; ++round) {
    CAPTURE(round);
    int reports[2];
    REQUIRE(pipe(reports) == 0);
    // By turns after a number of steps, and by a timer that fires wherever the child is: opening the file,
    // loading, within a transaction.
    const bool byTimer = round % 2 == 1;
    const auto lifetime = byTimer ? 1us * (500 + static_cast<int>(random() % 40'000)) : 0us;
    const int killAfter = 1 + static_cast<int>(random() % 12);
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0) work(place.path(), reports[1], lifetime);
    close(reports[1]);
    Report report{};
    int commits = 0;
    std::optional<int> inTheAir;
    while (read(reports[0], &report, sizeof report) == sizeof report) {
      if (report.event == Event::sent) {
        ++sent[report.number];
        inTheAir = report.number;
        continue;
      }
      CHECK(report.number == steps);
      steps = report.number + 1;
      if (++commits == killAfter && !byTimer) kill(child, SIGKILL);
    }
    close(reports[0]);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    if (inTheAir) ++sentLast[*inTheAir];

    // A step may have been committed and the news of it lost with the child.
    const auto database = open(place);
    Worker worker(*database);
    REQUIRE(worker.load());
    CHECK((worker.next() == steps || worker.next() == steps + 1));
    steps = worker.next();
    Worker(*database).check(steps);
  }
  CHECK(steps > 60);
  for (const auto& [notification, times] : sent) {
    CAPTURE(notification);
    CHECK(times <= 1 + sentLast[notification]);
  }
  // What was not sent is still waiting, and every notification is one or the other.
  const auto database = open(place);
  OutboxTable outbox(*database);
  CHECK(outbox.depth().waiting <= steps - static_cast<int>(sent.size()) + 24);
  for (const auto& notification : outbox.waiting("ops", 100'000))
    CHECK((!sent.contains(static_cast<int>(notification.id)) ||
           sentLast[static_cast<int>(notification.id)] > 0));
}
