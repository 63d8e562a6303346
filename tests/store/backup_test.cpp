#include "store/backup.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "store/database.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using store::Backup;
using store::Database;
using store::Statement;
namespace fs = std::filesystem;

namespace {

// A folder with a database that holds `rows` small rows under meta.
struct Stored {
  Stored() {
    auto opened = Database::open(path);
    REQUIRE(opened);
    database = std::move(*opened);
  }
  void write(int from, int to) const {
    REQUIRE(database->transact([&] {
      for (int n = from; n < to; ++n) {
        Statement insert(*database, "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)");
        insert.bind("row " + std::to_string(n)).bind(std::string(2'000, 'x'));
        insert.run();
      }
    }));
  }

  testing::TempStore folder;
  std::string path = folder.path();
  std::string copy = folder.folder() + "/backups/copy.db";
  std::unique_ptr<Database> database;
};

std::int64_t rowsIn(const std::string& path) {
  auto database = Database::open(path);
  REQUIRE(database);
  std::int64_t rows = 0;
  REQUIRE((*database)->read([&] {
    Statement count(**database, "SELECT count(*) FROM meta WHERE key LIKE 'row %'");
    REQUIRE(count.step());
    rows = count.integer(0);
  }));
  return rows;
}

unsigned modeOf(const std::string& path) {
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

void copyAll(Backup& backup) {
  for (;;) {
    const auto more = backup.copyNext();
    REQUIRE(more);
    if (!*more) return;
  }
}

}  // namespace

TEST_CASE("a copy holds what is written while it is being made") {
  const Stored stored;
  stored.write(0, 2'000);
  auto backup = Backup::begin(*stored.database, stored.copy);
  REQUIRE(backup);
  const auto more = (*backup)->copyNext();
  REQUIRE(more);
  REQUIRE(*more);
  CHECK_FALSE(fs::exists(stored.copy));
  stored.write(1'500, 2'500);
  copyAll(**backup);
  REQUIRE((*backup)->finish());
  CHECK(rowsIn(stored.copy) == 2'500);
  CHECK(modeOf(stored.copy) == 0600);
  stored.write(2'500, 2'501);
}

TEST_CASE("a copy that is not finished leaves nothing behind") {
  const Stored stored;
  stored.write(0, 2'000);
  {
    auto backup = Backup::begin(*stored.database, stored.copy);
    REQUIRE(backup);
    REQUIRE((*backup)->copyNext());
  }
  CHECK(fs::is_empty(fs::path(stored.copy).parent_path()));
}

TEST_CASE("a copy never replaces a file") {
  const Stored stored;
  fs::create_directory(fs::path(stored.copy).parent_path());
  std::ofstream(stored.copy) << "mine";
  const auto backup = Backup::begin(*stored.database, stored.copy);
  REQUIRE_FALSE(backup);
  CHECK(backup.error().text.find("exists already") != std::string::npos);
  CHECK(fs::file_size(stored.copy) == 4);
}

TEST_CASE("a restored copy takes the database's place, which is kept") {
  Stored stored;
  stored.write(0, 10);
  auto backup = Backup::begin(*stored.database, stored.copy);
  REQUIRE(backup);
  copyAll(**backup);
  REQUIRE((*backup)->finish());
  stored.write(10, 30);

  SECTION("not while it is in use") {
    const auto restored = store::restore(stored.copy, stored.path);
    REQUIRE_FALSE(restored);
    CHECK(restored.error().kind == Error::Kind::locked);
    CHECK_FALSE(fs::exists(stored.path + ".partial"));
    stored.write(30, 31);
  }
  SECTION("once it is free") {
    stored.database.reset();
    const auto restored = store::restore(stored.copy, stored.path);
    REQUIRE(restored);
    CHECK(rowsIn(stored.path) == 10);
    CHECK(rowsIn(*restored) == 30);
    CHECK(modeOf(stored.path) == 0600);
    // What was kept before stays.
    const auto again = store::restore(stored.copy, stored.path);
    REQUIRE(again);
    CHECK(*again != *restored);
    CHECK(rowsIn(*restored) == 30);
  }
  SECTION("beside the log of a database that is gone, which must not be read into it") {
    const auto log = stored.path + "-wal";
    fs::copy_file(log, log + ".kept");
    stored.database.reset();
    fs::remove(stored.path);
    fs::rename(log + ".kept", log);
    const auto restored = store::restore(stored.copy, stored.path);
    REQUIRE(restored);
    CHECK_FALSE(fs::exists(log));
    CHECK(fs::exists(*restored + "-wal"));
    CHECK(rowsIn(stored.path) == 10);
  }
  SECTION("where there is none") {
    const auto elsewhere = stored.folder.folder() + "/other.db";
    const auto restored = store::restore(stored.copy, elsewhere);
    REQUIRE(restored);
    CHECK(restored->empty());
    CHECK(rowsIn(elsewhere) == 10);
  }
}

TEST_CASE("a link in the store's folder leads a restore nowhere") {
  Stored stored;
  stored.write(0, 10);
  auto backup = Backup::begin(*stored.database, stored.copy);
  REQUIRE(backup);
  copyAll(**backup);
  REQUIRE((*backup)->finish());
  stored.database.reset();
  const auto elsewhere = stored.folder.folder() + "/elsewhere";
  std::ofstream(elsewhere) << "untouched";
  SECTION("where the copy is written first") {
    fs::create_symlink(elsewhere, stored.path + ".partial");
    REQUIRE(store::restore(stored.copy, stored.path));
    CHECK_FALSE(fs::is_symlink(stored.path));
    CHECK(rowsIn(stored.path) == 10);
  }
  SECTION("where the store is") {
    fs::remove(stored.path);
    fs::create_symlink(elsewhere, stored.path);
    CHECK_FALSE(store::restore(stored.copy, stored.path));
  }
  CHECK(fs::file_size(elsewhere) == 9);
  SECTION("nor is the copy itself the place where it goes") {
    CHECK_FALSE(store::restore(stored.path, stored.path));
    fs::rename(stored.copy, stored.path + ".partial");
    CHECK_FALSE(store::restore(stored.path + ".partial", stored.path));
    CHECK(rowsIn(stored.path + ".partial") == 10);
  }
}

TEST_CASE("what is no whole copy is not restored") {
  Stored stored;
  stored.write(0, 10);
  const auto bad = stored.folder.folder() + "/bad.db";
  SECTION("something else") { std::ofstream(bad) << std::string(10'000, 'x'); }
  SECTION("nothing") { std::ofstream(bad) << ""; }
  SECTION("cut off") {
    auto backup = Backup::begin(*stored.database, stored.copy);
    REQUIRE(backup);
    copyAll(**backup);
    REQUIRE((*backup)->finish());
    fs::copy_file(stored.copy, bad);
    fs::resize_file(bad, fs::file_size(bad) / 2);
  }
  SECTION("not there") {}
  SECTION("of a newer arrivald") {
    auto newer = Database::open(bad);
    REQUIRE(newer);
    REQUIRE((*newer)->transact([&] { Statement(**newer, "PRAGMA user_version=100000").run(); }));
  }
  stored.database.reset();
  REQUIRE_FALSE(store::restore(bad, stored.path));
  CHECK(rowsIn(stored.path) == 10);
}
