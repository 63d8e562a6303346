// A machine's clock is set while events come.
#include <catch2/catch.hpp>

#include "daemon/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : DaemonFixture {
  Fixture() {
    yaml = streaming("", ports("0", "0"));
    REQUIRE(start());
    drain(io);
  }
  /// Lets the jobs notice what happened to the clock.
  void jobsRun() {
    clock.advance(15s);
    drain(io);
  }
  bool counts(int events) {
    return metrics().find("arrivald_events_total{account=\"main\",event=\"delivered\"} " +
                          std::to_string(events) + "\n") != std::string::npos;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a batch counts once, whenever it comes again after the clock was set") {
  for (const auto step : {Duration(-72h), Duration(72h), Duration(-51h), Duration(27h)}) {
    const auto batch = delivered("m" + std::to_string(step.count()));
    CHECK(post(batch) == 204);
    clock.step(step);
    CHECK(post(batch) == 204);  // before any job has run
    jobsRun();
    CHECK(post(batch) == 204);
  }
  CHECK(counts(4));
}

TEST_CASE_METHOD(Fixture, "a batch that comes in the seconds after the clock was set counts once") {
  for (const auto step : {Duration(-48h), Duration(72h)}) {
    clock.step(step);
    const auto batch = delivered("m" + std::to_string(step.count()));
    CHECK(post(batch) == 204);
    jobsRun();
    CHECK(post(batch) == 204);
  }
  CHECK(counts(2));
}

TEST_CASE_METHOD(Fixture, "a process that ends before a job has run has stored what the clock was set by") {
  CHECK(post(delivered("m1")) == 204);
  clock.step(-240h);
  const auto batch = delivered("m2");
  CHECK(post(batch) == 204);
  runTask(io, daemon->stop());
  REQUIRE(start());
  drain(io);
  CHECK(post(batch) == 204);
  CHECK(counts(2));
}
