// What the provider's status page said last.
#include "watch/provider_status.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using statuspage::Indicator;

namespace {

struct Fixture {
  ManualClock clock;
  metrics::Registry registry{clock, "test", metrics::CardinalityLimits{}};
  ProviderStatus status{registry};

  void read(Indicator indicator, std::size_t incidents = 0) {
    statuspage::StatusSummary summary;
    summary.indicator = indicator;
    summary.incidents.resize(incidents);
    status.read(std::move(summary), clock.now());
  }
  bool exposes(const std::string& part) { return registry.expose().find(part) != std::string::npos; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "before the page was read nothing is known or exported") {
  CHECK_FALSE(status.latest());
  CHECK_FALSE(exposes("\narrivald_status_page_indicator "));
}

TEST_CASE_METHOD(Fixture, "the latest reading counts, with its time") {
  read(Indicator::major, 2);
  clock.advance(2min);
  read(Indicator::none);
  CHECK(status.latest()->at == clock.now());
  CHECK(status.latest()->summary.indicator == Indicator::none);
  CHECK(exposes("arrivald_status_page_indicator 0"));
  CHECK(exposes("arrivald_status_page_unresolved_incidents 0"));
}

TEST_CASE_METHOD(Fixture, "what is unknown is not exported as a number, and what was said before is kept") {
  read(Indicator::major, 2);
  SECTION("the page cannot be read") { status.unreadable(); }
  SECTION("the page has a word that is not known") { read(Indicator::unknown); }
  CHECK_FALSE(exposes("\narrivald_status_page_indicator "));
  CHECK_FALSE(exposes("\narrivald_status_page_unresolved_incidents "));
  CHECK(status.latest());
}

TEST_CASE_METHOD(Fixture, "the age of a reading stays when the clock is set") {
  read(Indicator::none);
  clock.advance(5min);
  clock.step(-3h);
  status.shift(-3h);
  CHECK(clock.now() - status.latest()->at == 5min);
}

TEST_CASE_METHOD(Fixture, "a page that is no longer configured is forgotten, and exported no more") {
  config::Config config;
  config.statusPage.emplace();
  read(Indicator::major, 2);
  status.retain(config);
  CHECK(status.latest());
  CHECK(exposes("arrivald_status_page_indicator 2"));
  config.statusPage.reset();
  status.retain(config);
  CHECK_FALSE(status.latest());
  CHECK_FALSE(exposes("\narrivald_status_page_indicator "));
}
