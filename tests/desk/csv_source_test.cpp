// A CSV file is made slice by slice while it is sent.
#include "desk/csv_source.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;

namespace {

struct Fixture {
  boost::asio::io_context loop;
  SystemClock clock;
  runtime::FileThread thread{loop.get_executor(), clock, "/nowhere"};
  int read = 0;
  std::optional<Error> fails;

  CsvSource::Slices slices() {
    return [this]() -> Result<std::optional<CsvSource::Lines>> {
      if (fails) return *fails;
      if (++read > 2) return std::optional<CsvSource::Lines>();
      return std::optional<CsvSource::Lines>([number = read] { return "slice " + std::to_string(number); });
    };
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the heading comes first, then a slice whenever the one before has been sent") {
  CsvSource source(thread, thread.takePlace(), "heading", slices());
  CHECK(runTask(loop, source.next()).value() == "heading");
  CHECK(read == 0);
  CHECK(runTask(loop, source.next()).value() == "slice 1");
  CHECK(read == 1);
  CHECK(runTask(loop, source.next()).value() == "slice 2");
  CHECK(runTask(loop, source.next()).value().empty());
}

TEST_CASE_METHOD(Fixture, "what the store refuses on the way is an error, not an end") {
  CsvSource source(thread, thread.takePlace(), "heading", slices());
  CHECK(runTask(loop, source.next()).ok());
  fails = Error{Error::Kind::ioError, "the disk fails"};
  CHECK_FALSE(runTask(loop, source.next()).ok());
}

TEST_CASE_METHOD(Fixture, "two files are made at once, also if nobody takes more of them") {
  auto first = std::make_unique<CsvSource>(thread, thread.takePlace(), "a", slices());
  const auto second = std::make_unique<CsvSource>(thread, thread.takePlace(), "b", slices());
  CHECK_FALSE(thread.takePlace());
  first.reset();
  CHECK(thread.takePlace());
}
