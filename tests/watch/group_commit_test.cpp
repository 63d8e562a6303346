// Work that arrives together is committed together.
#include "watch/group_commit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;

namespace {

struct Fixture : GroupCommit::Committer {
  boost::asio::io_context io;
  int commits = 0;
  std::vector<std::chrono::steady_clock::time_point> times;
  std::function<void()> during = [] {};
  std::unique_ptr<GroupCommit> group = std::make_unique<GroupCommit>(io.get_executor(), *this);

  void commit() override {
    ++commits;
    times.push_back(std::chrono::steady_clock::now());
    during();
  }
  void pumpUntilCommits(int wanted) {
    REQUIRE(pumpUntil(io, [&] { return commits == wanted; }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "nothing is committed unless it is requested, and never within the request") {
  drain(io);
  CHECK(commits == 0);
  group->schedule();
  CHECK(commits == 0);
  pumpUntilCommits(1);
}

TEST_CASE_METHOD(Fixture, "requests of whatever is ready on the loop end in one commit") {
  for (int i = 0; i < 3; ++i) boost::asio::post(io, [&] { group->schedule(); });
  pumpUntilCommits(1);
  drain(io);
  CHECK(commits == 1);
}

TEST_CASE_METHOD(Fixture, "the next commit begins at least two milliseconds after the one before") {
  group->schedule();
  pumpUntilCommits(1);
  group->schedule();
  pumpUntilCommits(2);
  CHECK(times[1] - times[0] >= std::chrono::milliseconds(2));
  drain(io);
  CHECK(commits == 2);
}

TEST_CASE_METHOD(Fixture, "a commit that throws does not prevent the next one") {
  during = [&] {
    if (commits == 1) throw std::runtime_error("no");
  };
  group->schedule();
  CHECK_THROWS_AS(io.run(), std::runtime_error);
  group->schedule();
  pumpUntilCommits(2);
}

TEST_CASE_METHOD(Fixture, "after the end nothing is committed, whether the commit was due or waited for") {
  SECTION("due") { group->schedule(); }
  SECTION("waited for") {
    group->schedule();
    pumpUntilCommits(1);
    group->schedule();
  }
  const auto before = commits;
  group.reset();
  if (io.stopped()) io.restart();
  io.run();  // returns: no timer is left
  CHECK(commits == before);
}
