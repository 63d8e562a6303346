#include "store/record_table.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::store;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-25T05:51:03Z").value();

RecordRow row(std::string user, std::string action, std::string address = "") {
  RecordRow row;
  row.at = kNow;
  row.user = std::move(user);
  row.role = "operator";
  row.origin = "192.0.2.17";
  row.action = std::move(action);
  row.account = "main";
  row.list = "bounces";
  row.address = std::move(address);
  row.outcome = "204";
  row.release = 7;
  return row;
}

struct Scene {
  Scene() : database(std::move(*Database::open(place.path()))) {}
  std::int64_t append(const RecordRow& added) {
    std::int64_t id = 0;
    REQUIRE(database->transact([&] { id = RecordTable(*database).append(added); }).ok());
    return id;
  }
  std::vector<RecordRow> find(const RecordFilter& filter = {}) {
    std::vector<RecordRow> rows;
    REQUIRE(database->read([&] { rows = RecordTable(*database).find(filter); }).ok());
    return rows;
  }
  RecordCheck check() {
    RecordCheck check;
    REQUIRE(database->read([&] { check = RecordTable(*database).check(); }).ok());
    return check;
  }
  /// As somebody with the file and another program, past the triggers.
  void tamper(const std::string& sql) {
    database.reset();
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(place.path().c_str(), &handle) == SQLITE_OK);
    const auto all =
        "DROP TRIGGER record_stays; DROP TRIGGER record_keeps; DROP TRIGGER record_grows; " + sql;
    CHECK(sqlite3_exec(handle, all.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
    database = std::move(*Database::open(place.path()));
  }
  testing::TempStore place;
  std::unique_ptr<Database> database;
};

}  // namespace

TEST_CASE("the record keeps what was appended, newest first, over a restart") {
  Scene scene;
  CHECK(scene.append(row("ops-1", "log_in")) == 1);
  CHECK(scene.append(row("ops-2", "release", "Taro@example.jp")) == 2);
  scene.database = nullptr;
  scene.database = std::move(*Database::open(scene.place.path()));
  const auto rows = scene.find();
  REQUIRE(rows.size() == 2);
  auto expected = row("ops-2", "release", "Taro@example.jp");
  expected.id = 2;
  CHECK(rows[0] == expected);
  CHECK(scene.check().rows == 2);
  CHECK_FALSE(scene.check().firstBroken);
}

TEST_CASE("the record is filtered by person, address, action and time, page by page") {
  Scene scene;
  for (int i = 0; i < 6; ++i) {
    auto one =
        row(i % 2 == 0 ? "ops-1" : "ops-2", i < 3 ? "release" : "look_up", i == 1 ? "a@x.jp" : "b@x.jp");
    one.at = kNow + std::chrono::hours(i);
    scene.append(one);
  }
  RecordFilter filter;
  filter.user = "ops-1";
  CHECK(scene.find(filter).size() == 3);
  filter.action = "release";
  CHECK(scene.find(filter).size() == 2);
  filter = {};
  filter.addresses = {"A@X.JP"};
  CHECK(scene.find(filter).size() == 1);
  filter.addresses = {"a@x.jp", "b@x.jp"};
  filter.user = "ops-2";
  CHECK(scene.find(filter).size() == 3);
  filter.max = 1;
  RecordTable table(*scene.database);
  CHECK(table.count(filter) == 3);
  filter = {};
  filter.from = kNow + 1h;
  filter.to = kNow + 3h;
  CHECK(scene.find(filter).size() == 2);
  filter = {};
  filter.max = 4;
  auto rows = scene.find(filter);
  REQUIRE(rows.size() == 4);
  filter.before = rows.back().id;
  rows = scene.find(filter);
  REQUIRE(rows.size() == 2);
  CHECK(rows.back().id == 1);
}

TEST_CASE("no statement changes, removes or replaces a row of the record") {
  Scene scene;
  scene.append(row("ops-1", "release"));
  scene.append(row("ops-1", "release"));
  const auto columns = std::string(
      "at, user, role, origin, action, account, list, address, entry, advice, cause, asserted, motive, memo, "
      "outcome, release, previous, hash");
  const std::string statements[] = {
      "UPDATE record SET user = 'nobody' WHERE id = 1",
      "UPDATE OR IGNORE record SET user = 'nobody'",
      "DELETE FROM record",
      "DELETE FROM record WHERE id = 2",
      "INSERT OR REPLACE INTO record (id, " + columns + ") SELECT 1, " + columns +
          " FROM record WHERE id = 2",
      "INSERT OR REPLACE INTO record (id, " + columns + ") SELECT 9, " + columns +
          " FROM record WHERE id = 2",
  };
  for (const auto& sql : statements) {
    INFO(sql);
    const auto refused = scene.database->transact([&] { Statement(*scene.database, sql).run(); });
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().text.find("append-only") != std::string::npos);
  }
  CHECK(scene.find().size() == 2);
  CHECK_FALSE(scene.check().firstBroken);
}

TEST_CASE("a row that was changed with another program is found") {
  Scene scene;
  for (int i = 0; i < 5; ++i) scene.append(row("ops-1", "release"));
  scene.tamper("UPDATE record SET user = 'ops-2' WHERE id = 3");
  CHECK(scene.check().firstBroken == 3);
}

TEST_CASE("a row that was taken out or moved is found") {
  Scene scene;
  for (int i = 0; i < 5; ++i) scene.append(row("ops-" + std::to_string(i), "release"));
  SECTION("taken out") {
    scene.tamper("DELETE FROM record WHERE id = 2");
    CHECK(scene.check().firstBroken == 3);
  }
  SECTION("taken out, and the gap closed") {
    scene.tamper("DELETE FROM record WHERE id = 2; UPDATE record SET id = id - 1 WHERE id > 2");
    CHECK(scene.check().firstBroken == 2);
  }
  SECTION("the first") {
    scene.tamper("DELETE FROM record WHERE id = 1");
    CHECK(scene.check().firstBroken == 2);
  }
}

TEST_CASE("missing rows at the end are seen by the head that was noted before") {
  Scene scene;
  for (int i = 0; i < 3; ++i) scene.append(row("ops-1", "release"));
  const auto head = scene.check().head;
  CHECK(head.size() == 64);
  scene.tamper("DELETE FROM record WHERE id = 3");
  const auto check = scene.check();
  CHECK_FALSE(check.firstBroken);
  CHECK(check.rows == 2);
  CHECK(check.head != head);
}

TEST_CASE("the hash of a row of the record is the one of its bytes, whatever version computes it") {
  Scene scene;
  scene.append(row("ops-1", "log_in"));
  // sha256 of 32 zero bytes and "1:1" "13:1795585863000"… each field with its length before it.
  CHECK(scene.check().head == "7ca0896423c8c0ee81c79a0fae0fdfedd17d6a6203bb2fef365b300b934f381e");
}

TEST_CASE("what is left of a record that was pruned can still be checked, and goes on") {
  Scene scene;
  for (int i = 0; i < 6; ++i) {
    auto one = row("ops-1", "release");
    one.at = kNow + std::chrono::hours(i);
    scene.append(one);
  }
  const auto head = scene.check().head;
  std::size_t pruned = 0;
  const auto prune = [&](Instant before, std::size_t max) {
    REQUIRE(scene.database->transact([&] { pruned = RecordTable(*scene.database).prune(before, max); }));
    return pruned;
  };
  CHECK(prune(kNow + 4h, 3) == 3);
  CHECK(prune(kNow + 4h, 3) == 1);
  CHECK(prune(kNow + 4h, 3) == 0);
  auto check = scene.check();
  CHECK(check.rows == 2);
  CHECK(check.prunedTo == 4);
  CHECK(check.head == head);
  CHECK_FALSE(check.firstBroken);
  SECTION("rows behind it stay") {
    for (const char* sql :
         {"DELETE FROM record WHERE id = 5", "UPDATE record_anchor SET last = 9",
          "UPDATE record_anchor SET last = 5, hash = zeroblob(32)", "DELETE FROM record_anchor"}) {
      INFO(sql);
      CHECK_FALSE(scene.database->transact([&] { Statement(*scene.database, sql).run(); }));
    }
    CHECK(scene.check().rows == 2);
  }
  SECTION("one that is missing next to it is noticed") {
    scene.tamper("DELETE FROM record WHERE id = 5");
    CHECK(scene.check().firstBroken == 6);
  }
  SECTION("the numbers go on, also where nothing is left") {
    CHECK(prune(kNow + 100h, 9) == 2);
    CHECK(scene.check().head == head);
    CHECK(scene.append(row("ops-1", "release")) == 7);
    check = scene.check();
    CHECK(check.rows == 1);
    CHECK_FALSE(check.firstBroken);
  }
}
