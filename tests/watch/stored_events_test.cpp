// How the table of events is kept small.
#include "watch/stored_events.hpp"

#include <catch2/catch.hpp>

#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture, "the oldest events go when there are more than may be kept") {
  config.eventStream.maxBytes = 2000;
  config.eventStream.keep = 100h;
  reload();
  std::vector<Posted> batches;
  for (int i = 0; i < 40; ++i)
    batches.push_back(signedBatch(one("delivered", "a@b.jp", "m" + std::to_string(i), 1s)));
  for (const auto& batch : batches) CHECK(send(batch) == 204);
  clock.advance(2min);
  events().tick();
  store::EventsTable::Size size;
  REQUIRE(database().read([&] { size = store::EventsTable(database()).size(); }));
  CHECK(size.bytes <= 2000);
  CHECK(size.events > 5);
  CHECK(size.events < 40);
  const auto left = nlohmann::json::parse(trace("a@b.jp"))["events"];
  CHECK(static_cast<std::int64_t>(left.size()) == size.events);
  CHECK(left.back()["message_id"] == "m39.recvd-1");
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 40"));
  // Those that went are known all the same when they come again, also after a restart.
  restart();
  for (const auto& batch : batches) CHECK(send(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 40"));
  CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 40"));
}

TEST_CASE_METHOD(StreamFixture, "what is known of deleted events goes when they are repeated no more") {
  config.eventStream.maxBytes = 2000;
  reload();
  for (int i = 0; i < 40; ++i) CHECK(post(one("delivered", "a@b.jp", "m" + std::to_string(i), 1s)) == 204);
  const auto known = [&] {
    std::size_t bytes = 0;
    REQUIRE(database().read([&] {
      store::EventsTable(database()).eachKeys({}, [&](const auto& keys) { bytes += keys.bytes.size(); });
    }));
    return bytes / stream::kEventKeyBytes;
  };
  CHECK(known() > 10);
  clock.advance(config.eventStream.horizon + 1min);
  events().tick();
  CHECK(known() == 0);
}

TEST_CASE_METHOD(StreamFixture,
                 "what may be kept is kept to while events come ten times as fast as they can be pruned") {
  config.eventStream.maxBytes = 4000;
  reload();
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(post(one("delivered", "a@b.jp", "m" + std::to_string(i), 1s)) == 204);
    if (i % 100 != 0) continue;
    store::EventsTable::Size size;
    REQUIRE(database().read([&] { size = store::EventsTable(database()).size(); }));
    REQUIRE(size.bytes <= 4000);
  }
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 2000"));
  // Keys, too, are kept within it: 250 of them are all that 4,000 bytes can hold.
  std::size_t keys = 0;
  REQUIRE(database().read([&] {
    store::EventsTable(database()).eachKeys({}, [&](const auto& batch) { keys += batch.bytes.size(); });
  }));
  CHECK(keys <= 4000);
  CHECK(keys > 3000);
}

TEST_CASE_METHOD(StreamFixture, "old batches are deleted in slices, so that the loop is not held up") {
  const auto rows = [&] {
    store::EventsTable::Size size;
    REQUIRE(database().read([&] { size = store::EventsTable(database()).size(); }));
    return size.events;
  };
  for (int i = 0; i < 250; ++i) CHECK(post(one("delivered", "a@b.jp", "m" + std::to_string(i), 1s)) == 204);
  clock.advance(config.eventStream.keep + 1h);
  events().tick();
  CHECK(rows() == 50);
  events().tick();  // at once, since there is more
  CHECK(rows() == 0);
  // Then a minute goes by before the table is looked at again.
  CHECK(post(one("delivered", "a@b.jp", "late", 1s)) == 204);
  config.eventStream.maxBytes = 0;
  reload();
  events().tick();
  CHECK(rows() == 1);
  clock.advance(61s);
  events().tick();
  CHECK(rows() == 0);
}

TEST_CASE_METHOD(StreamFixture, "a deletion that fails is said, and tried again in a minute") {
  const LoggedLines log;
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  clock.advance(config.eventStream.keep + 1h);
  execute("ALTER TABLE event_records RENAME TO away");
  events().tick();
  events().tick();
  CHECK(log.count("the store refuses what is written") == 1);
  execute("ALTER TABLE away RENAME TO event_records");
  clock.advance(61s);
  events().tick();
  CHECK(nlohmann::json::parse(trace("a@b.jp"))["events"].empty());
}
