// A daemon whose disk refuses: it watches and notifies from memory, says so everywhere, and stores everything
// once it can.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/fixture.hpp"
#include "support/store_reader.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : DaemonFixture {
  Fixture() {
    yaml = streaming("", ports("0", "0"));
    addSlack();
  }
  /// The store refuses every write, as on a file system that was mounted read-only; or takes them again.
  void refuseWrites() { pragma("query_only=1"); }
  void takeWrites() { pragma("query_only=0"); }
  void pragma(const std::string& set) {
    auto& database = daemon->owners().database();
    REQUIRE(database.read([&] { store::Statement(database, "PRAGMA " + set).run(); }));
  }
  /// Lets time pass in steps that the jobs see.
  void pass(Duration span) {
    drain(io);
    for (Duration done{}; done < span; done += 5s) {
      clock.advance(5s);
      drain(io);
    }
  }
  int posted(const std::string& part) const {
    const auto& all = provider.requests();
    return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& request) {
      return request.url.find("hooks.slack.com") != std::string::npos &&
             request.body.find(part) != std::string::npos;
    }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a disk that refuses is told at once, everywhere, and its end too") {
  REQUIRE(start());
  pass(1min);
  CHECK(get("/readyz").status == 200);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_store_writable 1"));
  refuseWrites();
  CHECK(post(delivered("m1")) == 503);
  pass(3min);
  CHECK(posted("cannot write to its own disk") == 1);
  CHECK(get("/readyz").status == 503);
  CHECK_THAT(get("/readyz").body, Catch::Contains("it is not writable"));
  CHECK(status()["store"]["error"] == "read_only");
  CHECK_THAT(metrics(), Catch::Contains("arrivald_store_writable 0") &&
                            Catch::Contains("arrivald_store_refused_writes_total{error=\"read_only\"}"));
  CHECK_THAT(get("/").body, Catch::Contains("ディスクに書き込めません"));
  CHECK(post(delivered("m1")) == 503);
  takeWrites();
  pass(15s);
  CHECK(get("/readyz").status == 200);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_store_writable 1"));
  CHECK(post(delivered("m1")) == 204);
  pass(2min);
  CHECK(posted("can store its state again") == 1);
  CHECK(posted("cannot write to its own disk") == 1);
  minutePasses();
  CHECK(deliveredByStream() == 1);
}

TEST_CASE_METHOD(Fixture, "a start on a file that cannot be used watches, notifies, and takes no events") {
  std::ofstream(folder.path()) << std::string(5000, 'x');
  REQUIRE(start());
  pass(1min);
  CHECK(posted("stored state is damaged") == 1);
  CHECK(get("/readyz").status == 503);
  CHECK(status()["store"]["error"] == "damaged");
  CHECK(post(delivered("m1")) == 503);
  CHECK_FALSE(status()["accounts"][0]["last_read"].is_null());
  SECTION("what somebody does about it is enough") {
    std::filesystem::rename(folder.path(), folder.path() + ".away");
    pass(15s);
    CHECK(get("/readyz").status == 200);
    CHECK(post(delivered("m1")) == 204);
    pass(2min);
    CHECK(posted("can store its state again") == 1);
  }
  SECTION("nothing of the file is changed") {
    std::stringstream text;
    text << std::ifstream(folder.path()).rdbuf();
    CHECK(text.str() == std::string(5000, 'x'));
  }
}

TEST_CASE_METHOD(Fixture,
                 "while others only read the store it is watched from memory, and taken once they are done") {
  REQUIRE(start());
  pass(1min);
  REQUIRE(post(delivered("before")) == 204);
  minutePasses();
  runTask(io, daemon->stop());
  daemon.reset();
  StoreReader reader(folder.path());
  const bool started = start().ok();
  unsigned during = 0;
  if (started) {
    pass(1min);
    during = post(delivered("during"));
  }
  CHECK(reader.leave());
  REQUIRE(started);
  CHECK(during == 503);
  CHECK(posted("state is locked by another process") == 1);
  CHECK(posted("goes on watching and notifying from memory") == 1);
  CHECK_FALSE(status()["accounts"][0]["last_read"].is_null());
  CHECK(deliveredByStream() == 1);
  pass(15s);
  CHECK(get("/readyz").status == 200);
  CHECK(post(delivered("during")) == 204);
  pass(2min);
  CHECK(posted("can store its state again") == 1);
  CHECK(deliveredByStream() == 2);
}

TEST_CASE_METHOD(Fixture, "a log of the store that others touch is told, and mended without a restart") {
  REQUIRE(start());
  pass(1min);
  for (int i = 0; i < 20; ++i) REQUIRE(post(delivered("before" + std::to_string(i))) == 204);
  const auto log = folder.path() + "-wal";
  bool isCut = false;
  SECTION("deleted") { std::filesystem::remove(log); }
  SECTION("cut") {
    isCut = true;
    std::filesystem::resize_file(log, 0);
  }
  SECTION("replaced") {
    std::filesystem::rename(log, log + ".away");
    std::ofstream{log};
  }
  CHECK(post(delivered("during")) == 503);
  CHECK(get("/readyz").status == 503);
  CHECK_THAT(get("/readyz").body, Catch::Contains("-wal, the database's log, was"));
  CHECK(status()["store"]["error"] == "not_found");
  pass(15s);
  CHECK(posted("stored state was taken away") == 1);
  CHECK(posted("may be missing from the database") == (isCut ? 1 : 0));
  CHECK(get("/readyz").status == 200);
  CHECK(post(delivered("after")) == 204);
  pass(2min);
  CHECK(posted("can store its state again") == 1);
  minutePasses();
  CHECK(deliveredByStream() == 21);
  // What was counted in memory is stored, too.
  runTask(io, daemon->stop());
  daemon.reset();
  REQUIRE(start());
  CHECK(deliveredByStream() == 21);
}

TEST_CASE_METHOD(Fixture, "a log that is deleted while nothing is written is noticed all the same") {
  REQUIRE(start());
  pass(1min);
  std::filesystem::remove(folder.path() + "-wal");
  pass(15s);
  CHECK(posted("stored state was taken away") == 1);
  pass(2min);
  CHECK(posted("can store its state again") == 1);
}

TEST_CASE_METHOD(Fixture, "the end of a store's trouble is told also after a restart with a new one") {
  std::ofstream(folder.path()) << std::string(5000, 'x');
  REQUIRE(start());
  pass(1min);
  REQUIRE(posted("stored state is damaged") == 1);
  runTask(io, daemon->stop());
  daemon.reset();
  std::filesystem::rename(folder.path(), folder.path() + ".away");
  REQUIRE(start());
  pass(3min);
  CHECK(posted("can store its state again") == 1);
  CHECK(posted("What only its memory held before the restart is not in the store") == 1);
  runTask(io, daemon->stop());
  daemon.reset();
  REQUIRE(start());
  pass(3min);
  CHECK(posted("can store its state again") == 1);
}

TEST_CASE_METHOD(Fixture, "a file that is gone is told as gone, and its end after the restart") {
  REQUIRE(start());
  pass(1min);
  for (const auto* end : {"", "-wal"}) std::filesystem::remove(folder.path() + end);
  CHECK(post(delivered("m1")) == 503);
  pass(1min);
  CHECK(posted("stored state was taken away") == 1);
  CHECK(posted("damaged") == 0);
  CHECK(get("/readyz").status == 503);
  runTask(io, daemon->stop());
  daemon.reset();
  REQUIRE(start());
  pass(3min);
  CHECK(get("/readyz").status == 200);
  CHECK(posted("can store its state again") == 1);
}
