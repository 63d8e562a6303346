// Batches are stored once, each event counts once, and nothing is acknowledged before.
#include "watch/event_log.hpp"

#include <catch2/catch.hpp>

#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/event_encoder.hpp"
#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

/// Remembers what it is given.
struct Consumed final : EventConsumer {
  std::map<std::string, int> events;  // by account
  std::vector<std::int64_t> replayed;
  void consume(const std::string& account, std::string_view records) override {
    stream::RecordReader reader(records);
    for (stream::Record record; reader.next(record);) ++events[account];
  }
  void replay(const store::EventBatchRow& batch) override { replayed.push_back(batch.id); }
};

/// The log and its table; what comes of the events is the test's.
struct Fixture {
  TempStore folder;
  ManualClock clock;
  boost::asio::io_context io;
  metrics::Registry registry{clock, "test", metrics::CardinalityLimits{}};
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  StoreHealth health{clock, registry};
  config::EventStream settings;
  Consumed consumed;
  std::unique_ptr<StoredEvents> stored;
  std::unique_ptr<ForwardQueue> forwards;
  std::unique_ptr<EventLog> log;

  Fixture() { begin(); }
  void begin() {
    log.reset();
    consumed = {};
    stored = std::make_unique<StoredEvents>(*database);
    REQUIRE(database->read([&] { stored->load(); }));
    forwards = std::make_unique<ForwardQueue>(*database, registry, clock);
    log = std::make_unique<EventLog>(io.get_executor(), *database, clock, registry, health, *stored,
                                     *forwards, consumed);
    log->use(settings);
    REQUIRE(log->replay({"main", "second"}, 73h));
  }
  PendingBatch batch(const std::vector<std::string>& ids, const std::string& account = "main") {
    PendingBatch made;
    made.account = account;
    EventEncoder encoder;
    for (const auto& id : ids) {
      sendgrid::Event event;
      event.kind = stream::EventKind::delivered;
      event.name = "delivered";
      event.at = clock.now();
      event.email = "a@b.jp";
      event.messageId = event.eventId = id;
      encoder.encode(event, made);
    }
    return made;
  }
  bool append(PendingBatch made) { return runTask(io, log->append(std::move(made))); }
  std::int64_t lastRow() {
    std::int64_t last = 0;
    REQUIRE(database->read([&] { last = store::EventsTable(*database).last(); }));
    return last;
  }
  std::int64_t rows() {
    std::int64_t count = 0;
    REQUIRE(database->read([&] {
      store::Statement row(*database, "SELECT count(*) FROM event_batches");
      row.step();
      count = row.integer(0);
    }));
    return count;
  }
  void execute(const std::string& sql) {
    REQUIRE(database->transact([&] { store::Statement(*database, sql).run(); }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an event counts once, within a batch, over batches, and over a restart") {
  CHECK(append(batch({"a", "b", "a"})));
  CHECK(consumed.events["main"] == 2);
  CHECK(append(batch({"b", "c"})));
  CHECK(consumed.events["main"] == 3);
  begin();
  CHECK(consumed.replayed.size() == 2);
  CHECK(append(batch({"a", "b", "c", "d"})));
  CHECK(consumed.events["main"] == 1);
}

TEST_CASE_METHOD(Fixture, "a batch of nothing but repetitions is acknowledged and leaves no row") {
  CHECK(append(batch({"a"})));
  CHECK(append(batch({"a"})));
  CHECK(append(batch({})));
  CHECK(rows() == 1);
}

TEST_CASE_METHOD(Fixture, "the same event of two accounts is two events") {
  CHECK(append(batch({"a"})));
  CHECK(append(batch({"a"}, "second")));
  CHECK(consumed.events == std::map<std::string, int>{{"main", 1}, {"second", 1}});
}

TEST_CASE_METHOD(Fixture, "batches that come together are one row an account, and each is answered") {
  std::vector<std::optional<bool>> answers(3);
  std::vector<RunningTask> running;
  running.emplace_back(io, storeInto(answers[0], log->append(batch({"a"}))));
  running.emplace_back(io, storeInto(answers[1], log->append(batch({"b", "a"}))));
  running.emplace_back(io, storeInto(answers[2], log->append(batch({"c"}, "second"))));
  REQUIRE(pumpUntil(io, [&] { return answers[0] && answers[1] && answers[2]; }));
  CHECK((*answers[0] && *answers[1] && *answers[2]));
  CHECK(rows() == 2);
  CHECK(consumed.events == std::map<std::string, int>{{"main", 2}, {"second", 1}});
}

TEST_CASE_METHOD(Fixture, "what the store refuses is not acknowledged, and counts once when it comes again") {
  const LoggedLines lines;
  execute("ALTER TABLE event_batches RENAME TO away");
  CHECK_FALSE(append(batch({"a"})));
  CHECK(consumed.events.empty());
  CHECK_FALSE(health.ok());
  CHECK(lines.count("the store refuses what is written") == 1);
  execute("ALTER TABLE away RENAME TO event_batches");
  CHECK(append(batch({"a"})));
  CHECK(append(batch({"a"})));
  CHECK(consumed.events["main"] == 1);
  CHECK(health.ok());
}

TEST_CASE_METHOD(Fixture, "there is room for 32 MB of bodies, and again once they are stored") {
  CHECK(log->hasRoomFor(32u << 20));
  CHECK_FALSE(log->hasRoomFor((32u << 20) + 1));
  auto large = batch({"a"});
  large.bytes = 20u << 20;
  std::optional<bool> answered;
  const RunningTask running(io, storeInto(answered, log->append(std::move(large))));
  io.poll_one();  // it waits to be stored
  CHECK_FALSE(log->hasRoomFor(20u << 20));
  REQUIRE(pumpUntil(io, [&] { return answered.has_value(); }));
  CHECK(log->hasRoomFor(32u << 20));
}

TEST_CASE_METHOD(Fixture, "whoever waits when the log goes is answered that nothing was stored") {
  std::optional<bool> answer;
  const RunningTask running(io, storeInto(answer, log->append(batch({"a"}))));
  io.poll_one();
  REQUIRE_FALSE(answer);
  log.reset();
  REQUIRE(pumpUntil(io, [&] { return answer.has_value(); }));
  CHECK(*answer == false);
  CHECK(rows() == 0);
}

TEST_CASE_METHOD(Fixture, "no number of a batch is given twice, even after all were deleted") {
  CHECK(append(batch({"a"})));
  CHECK(append(batch({"b"})));
  const auto last = lastRow();
  clock.advance(settings.keep + 1h);
  log->tick();
  REQUIRE(rows() == 0);
  begin();
  CHECK(append(batch({"c"})));
  CHECK(lastRow() == last + 1);
  CHECK(stored->last() == last + 1);
}

TEST_CASE_METHOD(Fixture, "a repeated event is known for as long as the settings say") {
  settings.horizon = 2h;
  log->use(settings);
  CHECK(append(batch({"a"})));
  const auto same = batch({"a"});
  clock.advance(2h);
  CHECK(append(same));
  CHECK(consumed.events["main"] == 1);
  clock.advance(4h);
  CHECK(append(same));
  CHECK(consumed.events["main"] == 2);
}

TEST_CASE_METHOD(Fixture, "only what was received within the horizon is read back") {
  CHECK(append(batch({"a"})));
  clock.advance(74h);
  CHECK(append(batch({"b"})));
  begin();
  CHECK(consumed.replayed == std::vector<std::int64_t>{lastRow()});
  REQUIRE(log->replay({"second"}, 73h));
  CHECK(consumed.replayed.size() == 1);
}
