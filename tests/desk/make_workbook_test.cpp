// XLSX files are written by another thread, while the loop goes on.
#include "desk/make_workbook.hpp"

#include <filesystem>

#include "desk/desk_fixture.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : DeskFixture {
  TempStore files;
  boost::asio::io_context loop;
  SystemClock network;
  Entries all = entries();
  runtime::FileThread thread{loop.get_executor(), network, files.folder()};

  Fixture() {
    for (int i = 0; i < 600; ++i) add(List::bounces, "u" + std::to_string(i) + "@b.jp", "550 no", 1min * i);
  }
  std::shared_ptr<EntryExport> rows() {
    return std::make_shared<EntryExport>(all, all.query({}), Language::japanese);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a workbook holds every row of the query, and leaves no file behind") {
  const auto table = rows();
  const auto made = runTask(loop, makeWorkbook(thread, table, "一覧"));
  REQUIRE(made);
  CHECK(made->starts_with("PK\x03\x04"));
  CHECK(table->rows() == 600);
  CHECK(std::filesystem::is_empty(files.folder()));
}

TEST_CASE_METHOD(Fixture, "two workbooks are made at once, a third is refused and may be asked for again") {
  std::optional<Result<std::string>> a, b;
  RunningTask first(loop, storeInto(a, makeWorkbook(thread, rows(), "a")));
  RunningTask second(loop, storeInto(b, makeWorkbook(thread, rows(), "b")));
  drain(loop);
  const auto third = runTask(loop, makeWorkbook(thread, rows(), "c"));
  REQUIRE_FALSE(third);
  CHECK(third.error().kind == Error::Kind::throttled);
  REQUIRE(pumpUntil(loop, [&] { return first.ended() && second.ended(); }));
  CHECK(runTask(loop, makeWorkbook(thread, rows(), "d")));
}

TEST_CASE_METHOD(Fixture, "a workbook that nobody waits for any more ends, and leaves no file behind") {
  {
    std::optional<Result<std::string>> a;
    RunningTask first(loop, storeInto(a, makeWorkbook(thread, rows(), "a")));
    drain(loop);
    first.cancel();
    REQUIRE(pumpUntil(loop, [&] { return first.ended(); }));
  }
  CHECK(runTask(loop, makeWorkbook(thread, rows(), "b")));
  loop.restart();
  loop.run();
  CHECK(std::filesystem::is_empty(files.folder()));
}

TEST_CASE_METHOD(Fixture, "a folder that cannot be written is named") {
  runtime::FileThread nowhere(loop.get_executor(), network, "/nowhere");
  const auto made = runTask(loop, makeWorkbook(nowhere, rows(), "a"));
  REQUIRE_FALSE(made);
  CHECK_THAT(made.error().text, Catch::Contains("/nowhere"));
}
