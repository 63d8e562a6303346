// How the memory of bodies is shared: by what has come, and with the greediest giving way.
#include "http/body_budget.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using http::BodyBudget;

namespace {

struct Fixture {
  testing::ManualClock clock;
  BodyBudget budget{clock, 100};
  int cut = 0;
  BodyBudget::Share share(const char* peer) {
    return BodyBudget::Share(budget, peer, [this] { ++cut; });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a body takes what has come of it, and gives it back") {
  {
    auto one = share("a");
    CHECK(one.grow(40));
    CHECK(one.grow(30));  // it has more already
    CHECK(one.grow(60));
    CHECK(budget.held() == 60);
  }
  CHECK(budget.held() == 0);
}

TEST_CASE_METHOD(Fixture, "a peer that is alone may take all, and its newest body is refused beyond") {
  auto first = share("a");
  CHECK(first.grow(70));
  auto second = share("a");
  CHECK_FALSE(second.grow(40));
  CHECK(second.grow(30));
  CHECK(cut == 0);
}

TEST_CASE_METHOD(Fixture, "of a peer's own bodies a slow one gives way to a new one") {
  auto slow = share("a");
  CHECK(slow.grow(70));
  clock.advance(1s + 1ms);
  auto fresh = share("a");
  CHECK(fresh.grow(40));
  CHECK(slow.gaveWay());
  CHECK(cut == 1);
  CHECK_FALSE(slow.grow(10));
  CHECK(budget.held() == 40);
}

TEST_CASE_METHOD(Fixture, "the oldest body of the peer that holds the most gives way to others") {
  auto first = share("greedy");
  auto second = share("greedy");
  auto modest = share("modest");
  CHECK(first.grow(40));
  CHECK(second.grow(40));
  CHECK(modest.grow(20));
  CHECK(modest.grow(40));
  CHECK(first.gaveWay());
  CHECK_FALSE(second.gaveWay());
  // Who would hold the most by what it asks for is refused itself.
  CHECK_FALSE(modest.grow(90));
  CHECK_FALSE(second.gaveWay());
}

TEST_CASE_METHOD(Fixture, "a body that has come completely does not give way") {
  auto whole = share("greedy");
  CHECK(whole.grow(90));
  whole.complete();
  auto other = share("modest");
  CHECK_FALSE(other.grow(20));
  CHECK_FALSE(whole.gaveWay());
}

TEST_CASE("a network of 64 bits is one peer, since one host may have all its addresses") {
  CHECK(http::peerOf("192.0.2.7") == "192.0.2.7");
  CHECK(http::peerOf("2001:db8:1:2::7") == http::peerOf("2001:db8:1:2:ffff::1"));
  CHECK(http::peerOf("2001:db8:1:2::7") != http::peerOf("2001:db8:1:3::7"));
  CHECK(http::peerOf("::ffff:192.0.2.7") != http::peerOf("::ffff:192.0.2.8"));
}
