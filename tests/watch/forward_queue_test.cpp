// What waits for other consumers of the batches.
#include "watch/forward_queue.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sendgrid/event_signature.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"
#include "watch/logged_lines.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  TempStore folder;
  ManualClock clock;
  metrics::Registry registry{clock, "test", metrics::CardinalityLimits{}};
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  ForwardQueue queue{*database, registry};

  void targets(const std::vector<std::pair<std::string, std::vector<std::string>>>& wanted) {
    config::Config config;
    for (const auto& [name, accounts] : wanted) {
      config.eventStream.forward.emplace_back();
      config.eventStream.forward.back().name = name;
      config.eventStream.forward.back().accounts = accounts;
    }
    queue.retain(config);
  }
  void put(const std::string& account, const std::string& body) {
    REQUIRE(database->transact([&] { queue.put(account, clock.now(), "{}", body); }));
  }
  std::string next(const std::string& target) {
    const auto found = queue.next(target, clock.now());
    REQUIRE(found);
    return found->batch ? found->batch->body : "(none)";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a target gets the batches of its accounts, in order, until each is removed") {
  targets({{"archive", {}}, {"second only", {"second"}}});
  CHECK(queue.wants("main"));
  put("main", "one");
  put("second", "two");
  CHECK(next("archive") == "one");
  CHECK(next("second only") == "two");
  REQUIRE(queue.remove(queue.next("archive", clock.now())->batch->id));
  CHECK(next("archive") == "two");
  targets({{"second only", {"second"}}});
  CHECK_FALSE(queue.wants("main"));
}

TEST_CASE_METHOD(Fixture, "how much waits and for how long is published with each look") {
  targets({{"archive", {}}});
  put("main", "one");
  put("main", "two");
  clock.advance(5min);
  CHECK(queue.next("archive", clock.now())->depth.batches == 2);
  const auto exposed = registry.expose();
  CHECK_THAT(exposed, Catch::Contains("arrivald_forward_batches_waiting{target=\"archive\"} 2") &&
                          Catch::Contains("arrivald_forward_lag_seconds{target=\"archive\"} 300"));
}

TEST_CASE_METHOD(Fixture, "what waits has waited as long after the clock was set as before") {
  targets({{"archive", {}}});
  put("main", "one");
  clock.advance(5min);
  for (const Duration step : {Duration(72h), Duration(-100h)}) {
    clock.step(step);
    REQUIRE(database->transact([&] { queue.storeShift(step); }));
    REQUIRE(next("archive") == "one");
    CHECK_THAT(registry.expose(), Catch::Contains("arrivald_forward_lag_seconds{target=\"archive\"} 300"));
  }
}

TEST_CASE_METHOD(Fixture, "what waits for a target that was removed is deleted, and the log says how much") {
  targets({{"archive", {}}, {"old", {}}});
  put("main", "one");
  put("main", "two");
  const LoggedLines log;
  targets({{"archive", {}}});
  CHECK(log.count("target=old") == 1);
  CHECK(log.count("batches=2") == 1);
  targets({{"archive", {}}, {"old", {}}});
  CHECK(log.count("target=old") == 1);
  CHECK(next("old") == "(none)");
  CHECK(next("archive") == "one");
}

TEST_CASE("of a batch's headers those are passed on by which it can be verified, and no password") {
  http::Headers headers;
  headers.add("Authorization", "Basic c2VjcmV0");
  headers.add(std::string(sendgrid::kSignatureHeader), "s");
  headers.add(std::string(sendgrid::kTimestampHeader), "1");
  headers.add("Content-Type", "application/json");
  headers.add("X-Other", "x");
  const auto kept = nlohmann::json::parse(forwardedHeaders(headers));
  CHECK(kept.size() == 3);
  CHECK(kept[std::string(sendgrid::kSignatureHeader)] == "s");
  CHECK_FALSE(kept.contains("Authorization"));
}
