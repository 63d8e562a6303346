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
  refused.refused("main", "no_signature", BatchSender::provider);
  clock.advance(30s);
  refused.refused("main", "bad_signature", BatchSender::provider);
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
  refused.refused("main", "no_signature", BatchSender::provider);
  clock.advance(1min);
  CHECK_FALSE(refused.lasting("main"));
  refused.refused("main", "no_signature", BatchSender::provider);
  CHECK(refused.lasting("main").value().kind == "no_signature");
}

TEST_CASE("refusals half a minute apart last after a minute, whether or not another comes") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature", BatchSender::provider);
  clock.advance(30s);
  refused.refused("main", "bad_signature", BatchSender::provider);
  CHECK_FALSE(refused.lasting("main"));
  clock.advance(30s);
  CHECK(refused.lasting("main").value().kind == "bad_signature");
}

TEST_CASE("refusals over a minute last; those of one moment come from strangers") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature", BatchSender::provider);
  refused.refused("main", "bad_signature", BatchSender::provider);
  refused.refused("main", "bad_signature", BatchSender::provider);
  CHECK_FALSE(refused.lasting("main"));
  clock.advance(1min);
  CHECK_FALSE(refused.lasting("main"));
  refused.refused("main", "bad_signature", BatchSender::provider);
  CHECK(refused.lasting("main").value().kind == "bad_signature");
  refused.taken("main");
  CHECK_FALSE(refused.lasting("main"));
}

TEST_CASE("two posts of strangers half a minute apart do not last, steady ones of ten minutes do") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "no_signature", BatchSender::unknown);
  clock.advance(30s);
  refused.refused("main", "no_signature", BatchSender::unknown);
  clock.advance(1min);
  CHECK_FALSE(refused.lasting("main"));
  REQUIRE(refused.since("main"));  // `status` tells of them nevertheless
  CHECK(refused.since("main")->count == 2);
  // One an hour are never steady.
  for (int i = 0; i < 30; ++i) {
    clock.advance(1h);
    refused.refused("main", "no_signature", BatchSender::unknown);
    CHECK_FALSE(refused.lasting("main"));
  }
  // A provider whose name and signature a proxy takes away.
  for (int i = 0; i < 10; ++i) {
    clock.advance(1min);
    refused.refused("main", "no_signature", BatchSender::unknown);
  }
  CHECK(refused.lasting("main").value().count == 11);
  clock.advance(4min);
  CHECK_FALSE(refused.lasting("main"));
}

TEST_CASE("strangers between them do not hide which batches of the provider are refused") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature", BatchSender::provider);
  clock.advance(30s);
  refused.refused("main", "bad_signature", BatchSender::provider);
  clock.advance(30s);
  refused.refused("main", "unauthorized", BatchSender::unknown);
  CHECK(refused.lasting("main").value().kind == "bad_signature");
  CHECK(refused.lasting("main").value().count == 2);
}

TEST_CASE("every kind of refusal has a remedy of its own") {
  for (const auto* kind :
       {"bad_signature", "no_signature", "unauthorized", "token_refused", "unknown_account", "too_large",
        "header_too_large", "too_slow", "own_batch", "malformed_request", "busy", "not_stored", "unreadable"})
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
    refused.refused("main", "bad_signature", BatchSender::provider);
  }
  CHECK(log.count("bad_signature") == 1);
  clock.advance(1h);
  refused.refused("main", "bad_signature", BatchSender::provider);
  CHECK(log.count("bad_signature") == 2);
  CHECK(log.count("count=3") == 1);
}

TEST_CASE("a clock that is set does not make refusals last") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature", BatchSender::provider);
  refused.refused("main", "bad_signature", BatchSender::provider);
  clock.step(1h);
  refused.shift(1h);
  refused.refused("main", "bad_signature", BatchSender::provider);
  CHECK_FALSE(refused.lasting("main"));
}

TEST_CASE("refusals of an account that was removed are removed, and those of no account stay") {
  ManualClock clock;
  RefusedBatches refused(clock);
  refused.refused("main", "bad_signature", BatchSender::provider);
  refused.refused("old", "bad_signature", BatchSender::provider);
  refused.refused("", "unknown_account", BatchSender::provider);
  config::Config config;
  config.accounts.emplace_back().name = "main";
  refused.retain(config);
  CHECK(refused.since("main"));
  CHECK_FALSE(refused.since("old"));
  CHECK(refused.since(""));
}

TEST_CASE("what was refused is counted by kind for an hour, also while others are taken") {
  ManualClock clock;
  RefusedBatches refused(clock);
  for (int i = 0; i < 3; ++i) refused.refused("main", "bad_signature", BatchSender::provider);
  clock.advance(20min);
  refused.refused("main", "too_large", BatchSender::provider);
  refused.refused("other", "too_large", BatchSender::provider);
  refused.taken("main");
  using Kinds = std::map<std::string, std::int64_t>;
  CHECK(refused.lately("main") == Kinds{{"bad_signature", 3}, {"too_large", 1}});
  refused.shift(-1h);
  clock.step(-1h);
  CHECK(refused.lately("main") == Kinds{{"bad_signature", 3}, {"too_large", 1}});
  clock.advance(41min);
  CHECK(refused.lately("main") == Kinds{{"too_large", 1}});
  clock.advance(20min);
  CHECK(refused.lately("main").empty());
}
