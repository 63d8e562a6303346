// The outbox over a change of configuration: what waits for a channel that was removed does not stay for
// ever.
#include "watch/outbox.hpp"

#include <catch2/catch.hpp>

#include "metrics/registry.hpp"
#include "store/database.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"
#include "watch/channels.hpp"
#include "watch/logged_lines.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  metrics::Registry registry{clock, "test", {}};
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  Outbox outbox{*database, clock, registry};

  static config::Config naming(const std::vector<std::string>& names) {
    config::Config config;
    for (const auto& name : names) {
      config.channels.emplace_back();
      config.channels.back().name = name;
    }
    return config;
  }
  void put(const std::string& change, const std::string& channel) {
    notify::Notification notification;
    notification.title = change;
    REQUIRE(outbox.putNow({{change, channel, notification}}));
  }
  void attempt(const std::string& channel, const Done& outcome) {
    const auto pending = outbox.next(channel);
    REQUIRE((pending.ok() && pending->has_value()));
    outbox.record(**pending, outcome, std::nullopt);
  }
  bool exposes(const std::string& part) { return registry.expose().find(part) != std::string::npos; }
};

const Error kFinal{Error::Kind::notFound, "404 no_service", Party::configuration};

}  // namespace

TEST_CASE_METHOD(Fixture, "what waits for a removed channel goes to the others, and the log says how much") {
  outbox.retain(naming({"ops", "mail"}));
  for (const auto* change : {"a", "b", "c"}) put(change, "ops");
  put("a", "mail");
  attempt("ops", kFinal);
  CHECK(exposes("arrivald_outbox_waiting_messages 3"));
  LoggedLines log;
  outbox.retain(naming({"mail"}));
  CHECK(
      log.count("warning a channel was removed; what waited for it goes to the others, and is closed for it "
                "channel=ops count=3 waiting=2") == 1);
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{3, 0, clock.now()});
  CHECK(exposes("arrivald_outbox_waiting_messages 3"));
  CHECK(exposes("arrivald_outbox_undeliverable_messages 0"));
  CHECK_FALSE(outbox.next("ops").value().has_value());
  // "a" was in both.
  for (const auto* change : {"a", "b", "c"}) {
    CHECK(outbox.next("mail").value()->queued.change == change);
    attempt("mail", done());
  }
}

TEST_CASE_METHOD(Fixture, "however much waits for a removed channel, nothing of it is lost") {
  outbox.retain(naming({"ops", "mail"}));
  for (int i = 0; i < 300; ++i) put(std::to_string(i), "ops");
  outbox.retain(naming({"mail"}));
  CHECK(outbox.depth()->waiting == 300);
}

TEST_CASE_METHOD(Fixture, "the metrics of a renamed channel are removed, and no others") {
  outbox.retain(naming({"ops", "mail"}));
  for (const auto* channel : {"ops", "mail"}) {
    put("a", channel);
    attempt(channel, done());
  }
  CHECK(exposes("arrivald_notifications_total{channel=\"ops\""));
  outbox.retain(naming({"on-call", "mail"}));
  CHECK_FALSE(exposes("channel=\"ops\""));
  CHECK(exposes("arrivald_notifications_total{channel=\"mail\",outcome=\"delivered\"} 1"));
}

TEST_CASE_METHOD(Fixture, "a channel that is added again starts without open notifications") {
  outbox.retain(naming({"ops"}));
  put("a", "ops");
  put("b", "ops");
  attempt("ops", done());
  outbox.retain(naming({}));
  outbox.retain(naming({"ops"}));
  CHECK_FALSE(outbox.next("ops").value().has_value());
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
  put("c", "ops");
  CHECK(outbox.next("ops").value()->queued.change == "c");
  attempt("ops", done());
  CHECK(exposes("arrivald_notifications_total{channel=\"ops\",outcome=\"delivered\"} 1"));
}

TEST_CASE_METHOD(
    Fixture, "what waits for a channel that was removed during a downtime goes to the others at the start") {
  outbox.retain(naming({"ops"}));
  put("a", "ops");
  metrics::Registry fresh{clock, "test", {}};
  Outbox next{*database, clock, fresh};
  REQUIRE(database->read([&] { next.load(); }));
  CHECK(fresh.expose().find("arrivald_outbox_waiting_messages 1") != std::string::npos);
  next.retain(naming({"mail"}));
  CHECK(fresh.expose().find("arrivald_outbox_waiting_messages 1") != std::string::npos);
  CHECK(next.next("mail").value()->queued.change == "a");
  CHECK_FALSE(next.next("ops").value().has_value());
}

TEST_CASE_METHOD(Fixture, "a notification put in a failed transaction is not stored") {
  outbox.retain(naming({"ops"}));
  const auto stored = database->transact([&] {
    outbox.put({{"a", "ops", {}}});
    throw store::SqlError("the alerts could not be stored");
  });
  CHECK_FALSE(stored.ok());
  CHECK_FALSE(outbox.next("ops").value().has_value());
}

TEST_CASE("a channel uses its own language or the global one") {
  auto config = Fixture::naming({"own", "all"});
  config.language = Language::english;
  config.channels[0].language = Language::japanese;
  struct NoTransport final : http::Transport {
    runtime::Task<Result<http::Response, http::Failure>> send(http::Request) override {
      throw std::logic_error("nothing is sent");
    }
  } transport;
  const ManualClock clock;
  slack::RememberedConversations conversations;
  const auto channels = makeChannels(config, transport, clock, conversations);
  REQUIRE(channels.size() == 2);
  CHECK(channels[0]->name() == "own");
  CHECK(channels[0]->language() == Language::japanese);
  CHECK(channels[1]->language() == Language::english);
}

TEST_CASE_METHOD(Fixture, "what a full disk keeps from being closed reaches no later channel of that name") {
  outbox.retain(naming({"ops", "mail"}));
  for (const auto* change : {"a", "b"}) put(change, "ops");
  attempt("ops", kFinal);
  const auto execute = [&](const std::string& sql) {
    REQUIRE(database->transact([&] { store::Statement(*database, sql).run(); }));
  };
  execute("CREATE TRIGGER refuse BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  outbox.retain(naming({"mail"}));
  CHECK_FALSE(outbox.next("ops").value().has_value());
  SECTION("it is closed once the store can") {
    execute("DROP TRIGGER refuse");
    LoggedLines log;
    outbox.retainMissed();
    CHECK(log.count("a channel was removed") == 1);
    outbox.retainMissed();
    CHECK(log.count("a channel was removed") == 1);
    outbox.retain(naming({"ops", "mail"}));
  }
  SECTION("nor while the store refuses") {
    outbox.retain(naming({"ops", "mail"}));
    CHECK_FALSE(outbox.next("ops").value().has_value());
    execute("DROP TRIGGER refuse");
    outbox.retainMissed();
  }
  CHECK_FALSE(outbox.next("ops").value().has_value());
}
