// Reading the provider's status page, and what is known after it could not be read.
#include "watch/poll_status_page.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : ProviderFixture {
  statuspage::Client page{transport, "https://status.example.com", statuspage::NamePattern::usual()};

  JobOutcome read() { return runTask(io, pollStatusPage(owners(), page)); }
  void say(const std::string& indicator, const std::string& description) {
    transport.clear();
    answer("status.example.com", R"({"status":{"indicator":")" + indicator + R"(","description":")" +
                                     description + R"("},"components":[],"incidents":[]})");
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what the page says is remembered with the time of the reading, and exported") {
  CHECK_FALSE(owners().provider().latest());
  say("major", "Partial System Outage");
  CHECK_FALSE(read());
  REQUIRE(owners().provider().latest());
  CHECK(owners().provider().latest()->summary.description == "Partial System Outage");
  CHECK(owners().provider().latest()->at == clock.now());
  CHECK(exposes("arrivald_status_page_indicator 2"));
}

TEST_CASE_METHOD(Fixture,
                 "a page that cannot be read is somebody else's failure; what it said before stays") {
  say("none", "All Systems Operational");
  CHECK_FALSE(read());
  transport.clear();
  answer("status.example.com", FakeTransport::fail(http::Failure::Kind::timedOut));
  const auto outcome = read();
  REQUIRE(outcome);
  CHECK(outcome->party != Party::provider);
  CHECK(owners().provider().latest()->summary.description == "All Systems Operational");
  CHECK_FALSE(exposes("arrivald_status_page_indicator 0"));  // is not known now
}

TEST_CASE_METHOD(Fixture, "a word of the page that is not known is no indicator") {
  say("purple", "?");
  CHECK_FALSE(read());
  CHECK_FALSE(exposes("arrivald_status_page_indicator 0"));
}

TEST_CASE_METHOD(Fixture,
                 "the age of what it said stays when the clock is set; switched off, it is forgotten") {
  say("none", "well");
  CHECK_FALSE(read());
  clock.step(-2h);
  owners().noticeClockStep();
  CHECK(owners().provider().latest()->at == clock.now());
  retain();
  CHECK(owners().provider().latest());
  config.statusPage.reset();
  retain();
  CHECK_FALSE(owners().provider().latest());
}
