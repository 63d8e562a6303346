// Tasks that do much begin one after another, and whatever else is ready runs between them.
#include "runtime/turns.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <list>

#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

struct Fixture {
  boost::asio::io_context io;
  runtime::Turns turns{40};
  std::string order;
  std::list<RunningTask> tasks;

  runtime::Task<> work() {
    const bool isMine = co_await turns.mine();
    order += isMine ? 'w' : '-';
  }
  void spawn(int count) {
    for (int i = 0; i < count; ++i) tasks.emplace_back(io, work());
  }
  /// Something that is ready again and again, such as another connection.
  void beside(int times) {
    order += '.';
    if (times > 1) boost::asio::post(io, [this, times] { beside(times - 1); });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what else is ready waits for one task of many, not for all") {
  spawn(30);
  boost::asio::post(io, [this] { beside(5); });
  drain(io);
  CHECK(std::ranges::count(order, 'w') == 30);
  CHECK(order.rfind('.') < 12);
}

TEST_CASE_METHOD(Fixture, "more than may wait are told at once") {
  spawn(45);
  drain(io);
  CHECK(order == std::string(5, '-') + std::string(40, 'w'));
  spawn(1);
  drain(io);
  CHECK(order.ends_with("ww"));
}

TEST_CASE_METHOD(Fixture, "who stops waiting keeps nobody from their turn") {
  spawn(3);
  tasks.front().cancel();
  drain(io);
  CHECK(order == "ww");
  spawn(1);
  drain(io);
  CHECK(order == "www");
}
