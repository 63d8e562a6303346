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
  std::unique_ptr<ForwardQueue> queue;
  config::Config config;

  Fixture() { begin(); }
  void begin() {
    queue = std::make_unique<ForwardQueue>(*database, registry, clock);
    REQUIRE(database->read([&] { queue->load(); }));
    queue->retain(config);
  }
  void targets(const std::vector<std::pair<std::string, std::vector<std::string>>>& wanted) {
    config.eventStream.forward.clear();
    for (const auto& [name, accounts] : wanted) {
      config.eventStream.forward.emplace_back();
      config.eventStream.forward.back().name = name;
      config.eventStream.forward.back().accounts = accounts;
    }
    queue->retain(config);
  }
  void put(const std::string& account, const std::string& body) {
    REQUIRE(database->transact([&] {
      queue->begin();
      queue->put(account, clock.now(), "{}", body);
    }));
    queue->committed();
  }
  store::ForwardedBatch taken(const std::string& target) {
    auto found = queue->take(target);
    REQUIRE(found);
    return found->value_or(store::ForwardedBatch{0, {}, "", "(none)"});
  }
  std::string next(const std::string& target) { return taken(target).body; }
  /// What the store holds for all targets.
  std::int64_t stored() {
    std::int64_t bytes = 0;
    REQUIRE(database->read(
        [&] { store::ForwardsTable(*database).each([&](const auto& row) { bytes += row.bytes; }); }));
    return bytes;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a target gets the batches of its accounts, in order, each once") {
  targets({{"archive", {}}, {"second only", {"second"}}});
  CHECK(queue->wants("main"));
  put("main", "one");
  put("second", "two");
  CHECK(next("second only") == "two");
  const auto first = taken("archive");
  CHECK(first.body == "one");
  const auto second = taken("archive");
  CHECK(second.body == "two");
  CHECK(next("archive") == "(none)");
  // What was not taken comes first again.
  queue->giveBack("archive", second.id);
  queue->giveBack("archive", first.id);
  CHECK(next("archive") == "one");
  REQUIRE(queue->remove("archive", {first.id}));
  CHECK(next("archive") == "two");
  CHECK(queue->depth("archive").batches == 1);
  targets({{"second only", {"second"}}});
  CHECK_FALSE(queue->wants("main"));
}

TEST_CASE_METHOD(Fixture, "what waits is known after a restart, and may be sent again") {
  targets({{"archive", {}}});
  put("main", "one");
  put("main", "two");
  CHECK(next("archive") == "one");
  const auto before = queue->depth("archive");
  begin();
  CHECK(queue->depth("archive") == before);
  CHECK(next("archive") == "one");
}

TEST_CASE_METHOD(Fixture, "how much waits and for how long is published") {
  targets({{"archive", {}}});
  put("main", "one");
  put("main", "two");
  clock.advance(5min);
  queue->publish();
  const auto exposed = registry.expose();
  CHECK_THAT(exposed, Catch::Contains("arrivald_forward_batches_waiting{target=\"archive\"} 2") &&
                          Catch::Contains("arrivald_forward_lag_seconds{target=\"archive\"} 300"));
}

TEST_CASE_METHOD(Fixture, "no more waits than max_bytes allows, at any time and however much comes") {
  targets({{"archive", {}}, {"all", {}}});
  config.eventStream.forward[0].maxBytes = 10'000;
  queue->retain(config);
  const LoggedLines log;
  put("main", "first");
  const auto inFlight = taken("archive");
  for (int i = 0; i < 200; ++i) {
    put("main", std::string(1000, 'x') + std::to_string(i));
    REQUIRE(queue->depth("archive").bytes <= 10'000);
  }
  CHECK(queue->depth("all").batches == 201);
  CHECK(stored() < 201 * 1010 + 10'000);
  // The newest are kept, and what is in flight.
  const auto oldest = next("archive");
  CHECK(oldest > std::string(1000, 'x') + "190");
  REQUIRE(queue->remove("archive", {inFlight.id}));
  CHECK(log.count("max_bytes") == 1);
  CHECK_THAT(registry.expose(), Catch::Contains("outcome=\"discarded\",target=\"archive\"} 19"));
  // What is larger than all that may wait cannot wait.
  put("main", std::string(20'000, 'y'));
  CHECK(queue->depth("archive").bytes <= 10'000);
  const auto before = queue->depth("archive");
  begin();
  CHECK(queue->depth("archive") == before);
}

TEST_CASE_METHOD(Fixture, "a transaction that fails leaves the queue as it was") {
  targets({{"archive", {}}});
  config.eventStream.forward[0].maxBytes = 2000;
  queue->retain(config);
  put("main", std::string(1000, 'a'));
  const auto before = queue->depth("archive");
  const auto failed = database->transact([&] {
    queue->begin();
    queue->put("main", clock.now(), "{}", std::string(1000, 'b'));
    throw store::SqlError("the disk is full");
  });
  CHECK_FALSE(failed);
  CHECK(queue->depth("archive") == before);
  put("main", std::string(1000, 'c'));
  CHECK(next("archive") == std::string(1000, 'c'));
}

TEST_CASE_METHOD(Fixture, "what has waited for too long is discarded, oldest first") {
  targets({{"archive", {}}});
  put("main", "one");
  clock.advance(1h);
  put("main", "two");
  CHECK(queue->discardBefore("archive", clock.now() - 30min).value() == 1);
  CHECK(queue->discardBefore("archive", clock.now() - 30min).value() == 0);
  CHECK(next("archive") == "two");
}

TEST_CASE_METHOD(Fixture, "what waits has waited as long after the clock was set as before") {
  targets({{"archive", {}}});
  put("main", "one");
  clock.advance(5min);
  for (const Duration step : {Duration(72h), Duration(-100h)}) {
    clock.step(step);
    REQUIRE(database->transact([&] { queue->storeShift(step); }));
    queue->shift(step);
    queue->publish();
    CHECK_THAT(registry.expose(), Catch::Contains("arrivald_forward_lag_seconds{target=\"archive\"} 300"));
    const auto before = queue->depth("archive");
    begin();
    CHECK(queue->depth("archive") == before);
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

TEST_CASE_METHOD(Fixture, "what a full disk keeps from being deleted goes to no later target of that name") {
  const auto execute = [&](const std::string& sql) {
    REQUIRE(database->transact([&] { store::Statement(*database, sql).run(); }));
  };
  targets({{"archive", {}}});
  put("main", "for the old one");
  execute(
      "CREATE TRIGGER refuse BEFORE DELETE ON forward_batches BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  targets({});
  targets({{"archive", {}}});
  put("main", "for the new one");
  queue->retainMissed();
  CHECK(next("archive") == "for the new one");
  // The store was opened anew.
  queue->reload();
  CHECK(next("archive") == "(none)");
  execute("DROP TRIGGER refuse");
  LoggedLines log;
  queue->retainMissed();
  CHECK(log.count(
            "batches for a target that is no longer configured were deleted target=archive batches=1") == 1);
  queue->retainMissed();
  CHECK(log.count("were deleted") == 1);
  begin();
  CHECK(next("archive") == "for the new one");
  CHECK(next("archive") == "(none)");
}
