// `arrivald backup` and `arrivald restore`, as an operator sees them.
#include "daemon/backup_command.hpp"

#include <filesystem>
#include <fstream>

#include "daemon/command_fixture.hpp"
#include "store/database.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

struct Fixture : CommandFixture {
  Fixture() {
    yaml = "language: en\n" + streaming("", ports("0", "0") + "store: {path: " + storePath + "}\n");
  }

  Output backup(std::size_t keep = 7, Language language = Language::english) {
    BackupOptions options;
    options.keep = keep;
    options.language = language;
    return asAnotherProcess(backupOutput, options);
  }
  Output restore(const std::string& copy) {
    writeFile();
    RestoreOptions options;
    options.config = file();
    options.copy = copy;
    options.language = Language::english;
    return restoreOutput(options, environment(), {});
  }
  std::vector<std::string> copies() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.folder() + "/backups"))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
};

}  // namespace

TEST_CASE("backup copies the store of the running daemon, and says where the copy is") {
  Fixture test;
  REQUIRE(test.start());
  const auto made = test.backup();
  CHECK(made.err.empty());
  REQUIRE(made.exit == kExitOk);
  const auto path = test.folder.folder() + "/backups/arrivald-20261125T030000Z.db";
  CHECK_THAT(made.out,
             Contains("Copied to " + path + " (1 MB), and checked.") && Contains("another machine"));
  REQUIRE(store::Database::open(path));

  CHECK_THAT(made.out, !Contains("DMARC"));
  SECTION("and that the files of DMARC reports are not in it") {
    const auto reports = test.folder.folder() + "/reports";
    fs::create_directory(reports);
    test.yaml += "dmarc: {domains: [example.jp], directory: " + reports + "}\n";
    REQUIRE(test.reload());
    CHECK_THAT(test.backup().out, Contains("copy " + reports + " as well"));
  }
  SECTION("a second one of the same second replaces nothing") {
    CHECK(test.backup().exit == kExitOk);
    CHECK(test.copies() ==
          std::vector<std::string>{"arrivald-20261125T030000Z.db", "arrivald-20261125T030001Z.db"});
  }
  SECTION("and the oldest go") {
    test.clock.advance(24h);
    CHECK(test.backup().exit == kExitOk);
    test.clock.advance(24h);
    std::ofstream(test.folder.folder() + "/backups/mine.db") << "not ours";
    const auto third = test.backup(2);
    CHECK_THAT(third.out, Contains("Removed the older copy " + path));
    CHECK(test.copies() == std::vector<std::string>{"arrivald-20261126T030000Z.db",
                                                    "arrivald-20261127T030000Z.db", "mine.db"});
  }
  SECTION("in Japanese, too") {
    test.clock.advance(1h);
    CHECK_THAT(test.backup(7, Language::japanese).out, Contains("写しを作り、読めることを確かめました"));
  }
}

TEST_CASE("nobody else can have the store copied") {
  Fixture test;
  REQUIRE(test.start());
  http::Request request;
  request.method = "POST";
  request.url = "http://127.0.0.1:" + std::to_string(test.daemon->port()) + "/api/backup";
  CHECK(test.send(std::move(request)).status == 403);
  CHECK_FALSE(fs::exists(test.folder.folder() + "/backups"));
}

TEST_CASE("restore puts a copy back while the daemon is stopped") {
  Fixture test;
  REQUIRE(test.start());
  REQUIRE(test.backup().exit == kExitOk);
  const auto copy = test.folder.folder() + "/backups/" + test.copies().front();

  SECTION("not while it runs") {
    const auto refused = test.restore(copy);
    CHECK(refused.exit == kExitFailed);
    CHECK_THAT(refused.err, Contains("arrivald is running") && Contains("systemctl stop arrivald"));
  }
  SECTION("once it has stopped") {
    runTask(test.io, test.daemon->stop());
    test.daemon.reset();
    const auto restored = test.restore(copy);
    CHECK(restored.err.empty());
    CHECK(restored.exit == kExitOk);
    CHECK_THAT(restored.out, Contains(copy + " is now the store " + test.storePath) &&
                                 Contains(test.storePath + ".before-restore") && Contains("systemctl start"));
    REQUIRE(test.start());
  }
  SECTION("on a new machine, not before its folder is there, which is said") {
    runTask(test.io, test.daemon->stop());
    test.daemon.reset();
    test.yaml.replace(test.yaml.find(test.storePath), test.storePath.size(),
                      test.folder.folder() + "/new/arrivald.db");
    const auto refused = test.restore(copy);
    CHECK(refused.exit == kExitFailed);
    CHECK_THAT(refused.err,
               Contains("There is no folder") && Contains("/new") && Contains("systemctl start"));
  }
  SECTION("not what is no copy") {
    runTask(test.io, test.daemon->stop());
    test.daemon.reset();
    const auto refused = test.restore(test.file());
    CHECK(refused.exit == kExitFailed);
    CHECK_THAT(refused.err, Contains("no whole database"));
  }
}
