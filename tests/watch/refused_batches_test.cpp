// Batches that come and are refused are said once an hour a kind, and are known until one is taken.
#include "watch/refused_batches.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using namespace std::chrono_literals;

TEST_CASE("what is refused is known, with its number and its times, until a batch is taken") {
  ManualClock clock;
  RefusedBatches refused(clock);
  CHECK_FALSE(refused.since("main"));
  const auto first = clock.now();
  refused.refused("main", "no_signature");
  clock.advance(30s);
  refused.refused("main", "bad_signature");
  const auto latest = refused.since("main");
  REQUIRE(latest);
  CHECK(latest->kind == "bad_signature");
  CHECK(latest->count == 2);
  CHECK(latest->first == first);
  CHECK(latest->last == first + 30s);
  CHECK_FALSE(refused.since("other"));
  refused.taken("main");
  CHECK_FALSE(refused.since("main"));
}

TEST_CASE("three refusals over a minute last; single ones come from strangers") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature");
  refused.refused("main", "bad_signature");
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main").empty());
  clock.advance(1min);
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main") == "bad_signature");
  refused.taken("main");
  CHECK(refused.lasting("main").empty());
}

TEST_CASE("every kind of refusal has a remedy of its own") {
  for (const auto* kind :
       {"bad_signature", "no_signature", "unauthorized", "token_refused", "unknown_account", "too_large",
        "malformed_request", "busy", "not_stored", "illegible"})
    CHECK(RefusedBatches::remedy(kind) != RefusedBatches::remedy("something else"));
}
