// Whether the state can be stored, over all owners.
#include "watch/store_health.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;

TEST_CASE("the store is well until a write fails, and again when that owner's next one succeeds") {
  ManualClock clock;
  metrics::Registry registry(clock, "test", metrics::CardinalityLimits{});
  StoreHealth health(clock, registry);
  CHECK(health.ok());
  CHECK_FALSE(health.trouble());
  health.record("alerts", done());
  health.record("alerts", Error{Error::Kind::diskFull, "the disk is full"});
  CHECK_FALSE(health.ok());
  CHECK(health.trouble()->kind == Error::Kind::diskFull);
  health.record("statistics", done());  // another one's success is not this one's
  CHECK_FALSE(health.ok());
  health.record("alerts", Error{Error::Kind::readOnly, "read-only"});
  CHECK(health.trouble()->kind == Error::Kind::readOnly);
  health.record("alerts", done());
  CHECK(health.ok());
}
