// Batches that are refused are logged once an hour per kind, and are known until one is accepted.
#include "watch/refused_batches.hpp"

#include <catch2/catch.hpp>

#include "support/manual_clock.hpp"
#include "watch/logged_lines.hpp"

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

TEST_CASE("a small sender's batches, one a minute, last with the second") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "no_signature");
  clock.advance(1min);
  CHECK(refused.lasting("main").empty());
  refused.refused("main", "no_signature");
  CHECK(refused.lasting("main") == "no_signature");
}

TEST_CASE("refusals half a minute apart last after a minute, whether or not another comes") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature");
  clock.advance(30s);
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main").empty());
  clock.advance(30s);
  CHECK(refused.lasting("main") == "bad_signature");
}

TEST_CASE("refusals over a minute last; those of one moment come from strangers") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature");
  refused.refused("main", "bad_signature");
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main").empty());
  clock.advance(1min);
  CHECK(refused.lasting("main").empty());
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main") == "bad_signature");
  refused.taken("main");
  CHECK(refused.lasting("main").empty());
}

TEST_CASE("every kind of refusal has a remedy of its own") {
  for (const auto* kind :
       {"bad_signature", "no_signature", "unauthorized", "token_refused", "unknown_account", "too_large",
        "too_slow", "own_batch", "malformed_request", "busy", "not_stored", "unreadable"})
    CHECK(RefusedBatches::remedy(kind) != RefusedBatches::remedy("something else"));
}

TEST_CASE("one line an hour for each kind, however the clock is set") {
  ManualClock clock;
  RefusedBatches refused(clock);
  const LoggedLines log;
  for (const Duration step : {Duration{}, Duration(50h), Duration(-200h)}) {
    clock.step(step);
    refused.shift(step);
    clock.advance(10min);
    refused.refused("main", "bad_signature");
  }
  CHECK(log.count("bad_signature") == 1);
  clock.advance(1h);
  refused.refused("main", "bad_signature");
  CHECK(log.count("bad_signature") == 2);
  CHECK(log.count("count=3") == 1);
}

TEST_CASE("a clock that is set does not make refusals last") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature");
  refused.refused("main", "bad_signature");
  clock.step(1h);
  refused.shift(1h);
  refused.refused("main", "bad_signature");
  CHECK(refused.lasting("main").empty());
}

TEST_CASE("refusals of an account that was removed are removed, and those of no account stay") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature");
  refused.refused("old", "bad_signature");
  refused.refused("", "unknown_account");
  config::Config config;
  config.accounts.emplace_back().name = "main";
  refused.retain(config);
  CHECK(refused.since("main"));
  CHECK_FALSE(refused.since("old"));
  CHECK(refused.since(""));
}
