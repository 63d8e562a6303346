// How notifications reach their channel: in order, with patience, never lost, and what happens when a channel
// or the store refuses. Each loop ends by cancellation, wherever it waits.
#include "watch/deliver_outbox.hpp"

#include <fmt/format.h>

#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "metrics/registry.hpp"
#include "notify/compose.hpp"
#include "notify/notification_json.hpp"
#include "store/database.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/logged_lines.hpp"
#include "watch/outbox.hpp"
#include "watch/test_alerts.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

config::Channel channelCalled(const std::string& name) {
  config::Channel channel;
  channel.name = name;
  channel.webhook.secret = Secret("https://hooks.slack.com/services/" + name);
  channel.language = Language::english;
  return channel;
}

notify::Notification saying(const std::string& title) {
  notify::Notification notification;
  notification.id = notification.title = notification.fallback = notification.sentence = title;
  return notification;
}

FakeTransport::Matcher to(const std::string& channel) {
  return FakeTransport::asked("POST", "/services/" + channel);
}

// Two channels; the loop of each runs once deliver() was called for it.
struct Fixture {
  Fixture() {
    config.language = Language::english;
    config.zone = TimeZone::find("Asia/Tokyo").value();
    config.channels = {channelCalled("first"), channelCalled("second")};
    REQUIRE(database->read([&] { outbox.load(); }));
    outbox.retain(config);
    channels = makeChannels(config, transport, clock, outbox.conversations());
  }

  void put(const std::string& change, const std::string& channel = "first") {
    REQUIRE(outbox.putNow({{change, channel, saying(change)}}));
  }
  std::unique_ptr<RunningTask> deliver(const std::string& name = "first") {
    for (const auto& channel : channels)
      if (channel->name() == name)
        return std::make_unique<RunningTask>(io, deliverOutbox(environment, *channel));
    throw std::runtime_error("no such channel");
  }
  /// Lets `span` pass second by second.
  void pass(Duration span) {
    drain(io);
    for (Duration done{}; done < span; done += 1s) {
      clock.advance(std::min<Duration>(1s, span - done));
      drain(io);
    }
  }
  /// The headings posted to a channel so far.
  std::vector<std::string> posted(const std::string& channel = "first") const {
    std::vector<std::string> titles;
    for (const auto& request : transport.requests()) {
      if (!to(channel)(request)) continue;
      const auto payload = nlohmann::json::parse(request.body);
      titles.push_back(payload["attachments"][0]["blocks"][0]["text"]["text"]);
    }
    return titles;
  }
  int postedWith(const std::string& part, const std::string& channel = "first") const {
    const auto titles = posted(channel);
    return static_cast<int>(std::count_if(titles.begin(), titles.end(), [&](const auto& title) {
      return title.find(part) != std::string::npos;
    }));
  }
  void accept(const std::string& channel = "first") {
    transport.always(to(channel), FakeTransport::reply(200, "ok"));
  }
  bool exposes(const std::string& line) { return registry.expose().find(line) != std::string::npos; }
  void execute(const std::string& sql) {
    REQUIRE(database->transact([&] { store::Statement(*database, sql).run(); }));
  }
  /// Makes the store refuse every change of the outbox, or take them again.
  void refuseUpdates() {
    REQUIRE(database->transact([&] {
      store::Statement(
          *database,
          "CREATE TRIGGER refuse BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
          .run();
    }));
  }
  void acceptUpdates() {
    REQUIRE(database->transact([&] { store::Statement(*database, "DROP TRIGGER refuse").run(); }));
  }
  /// Ends the task, which must throw nothing but its cancellation.
  void endByCancellation(RunningTask& task) {
    REQUIRE_FALSE(task.ended());
    task.cancel();
    drain(io);
    REQUIRE(task.ended());
    try {
      task.check();
    } catch (const boost::system::system_error& error) {
      CHECK(error.code() == boost::asio::error::operation_aborted);
    }
  }

  TempStore folder;
  boost::asio::io_context io;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  metrics::Registry registry{clock, "test", {}};
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  FakeTransport transport;
  config::Config config;
  Outbox outbox{*database, clock, registry};
  Channels channels;
  Random random = [] { return 1.0; };
  Attempts attempts;
  DeliveryEnvironment environment{outbox, clock, random, channels, config, attempts};
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "notifications are delivered in the order put, one at a time, at the channel's pace") {
  accept();
  put("a");
  put("b");
  const auto task = deliver();
  drain(io);
  CHECK(posted().size() == 1);
  put("c");
  drain(io);
  CHECK(posted().size() == 1);
  pass(1100ms);
  CHECK(posted().size() == 2);
  pass(10s);
  REQUIRE(posted().size() == 3);
  CHECK(postedWith("a") == 1);
  CHECK(posted()[0].find("a") != std::string::npos);
  CHECK(posted()[1].find("b") != std::string::npos);
  CHECK(posted()[2].find("c") != std::string::npos);
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
  CHECK(exposes("arrivald_notifications_total{channel=\"first\",outcome=\"delivered\"} 3"));
  CHECK(exposes("arrivald_outbox_waiting_messages 0"));
}

TEST_CASE_METHOD(Fixture, "a change is delivered once per channel, independently of other channels") {
  accept();
  put("a");
  put("a");
  put("a", "second");
  const auto task = deliver();
  pass(1min);
  CHECK(posted().size() == 1);
  CHECK(posted("second").empty());
  CHECK(outbox.depth()->waiting == 1);
}

TEST_CASE_METHOD(Fixture, "a new notification wakes a channel that has nothing to do") {
  accept();
  const auto task = deliver();
  pass(10s);
  put("a");
  drain(io);
  CHECK(posted().size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "waits between attempts grow, what comes later waits behind, and retry_for ends it") {
  transport.always(to("first"), FakeTransport::reply(503));
  config.retryFor = 1h;
  put("a");
  const auto task = deliver();
  std::vector<Instant> attempted;
  for (int i = 0; i < 7200; ++i) {
    const auto before = posted().size();
    drain(io);
    if (posted().size() > before && attempted.size() < 60) attempted.push_back(clock.now());
    if (outbox.depth()->undeliverable > 0) break;
    if (i == 100) put("b");
    clock.advance(1s);
  }
  REQUIRE(attempted.size() > 10);
  const std::vector<Duration> expected = {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    const Duration wait = attempted[i + 1] - attempted[i];
    CHECK(wait >= expected[i]);
    CHECK(wait <= expected[i] + 2s);
  }
  CHECK(postedWith("b") == 0);
  CHECK(attempted.back() - attempted.front() >= 1h);
  CHECK(attempted.back() - attempted.front() <= 1h + 6min);
  CHECK(outbox.next("first").value()->queued.change == "b");  // which has its own hour
  CHECK(exposes("arrivald_outbox_undeliverable_messages 1"));
}

TEST_CASE_METHOD(Fixture, "a requested retry delay is respected") {
  transport.once(to("first"), FakeTransport::reply(429, "", {{"Retry-After", "90"}}));
  accept();
  put("a");
  const auto task = deliver();
  pass(89s);
  CHECK(posted().size() == 1);
  pass(3s);
  CHECK(posted().size() == 2);
  CHECK(outbox.depth()->waiting == 0);
}

TEST_CASE_METHOD(
    Fixture, "a channel that wants to be left alone for hours is stood in for at once, and tried sooner") {
  transport.once(to("first"), FakeTransport::reply(429, "", {{"Retry-After", "7200"}}));
  accept();
  accept("second");
  const auto broken = deliver("first"), working = deliver("second");
  put("a@main#1.1");
  pass(1min);
  CHECK(postedWith("a@main", "second") == 1);
  CHECK(posted().size() == 1);
  pass(16min);
  CHECK(posted().size() == 2);
}

TEST_CASE_METHOD(Fixture, "a pending retry moves with the wall clock") {
  transport.once(to("first"), FakeTransport::reply(429, "", {{"Retry-After", "90"}}));
  accept();
  put("a");
  const auto task = deliver();
  pass(5s);
  const auto setTo = GENERATE(Duration(-5h), Duration(5h));
  clock.step(setTo);
  REQUIRE(database->transact([&] { outbox.storeShift(setTo); }));
  pass(80s);
  CHECK(posted().size() == 1);
  pass(65s);  // looked at again within a minute
  CHECK(posted().size() == 2);
}

TEST_CASE_METHOD(
    Fixture, "a permanently refused notification is kept, and the other channels are notified once an hour") {
  LoggedLines log;
  transport.always(to("first"), FakeTransport::reply(404, "no_service"));
  accept("second");
  const auto broken = deliver("first"), working = deliver("second");
  for (int i = 0; i < 6; ++i) {
    put(fmt::format("change-{}@main#1.1", i));
    pass(9min);
  }
  CHECK(postedWith("change-5") == 1);
  CHECK(postedWith("change", "second") == 6);
  CHECK(postedWith("first", "second") == 1);
  pass(10min);
  put("change-6@main#1.1");
  pass(1min);
  CHECK(postedWith("first", "second") == 2);
  CHECK(posted("second").size() == 9);
  CHECK(outbox.depth()->undeliverable == 7);
  CHECK(outbox.undeliverable(1).value().at(0).outcome == "404 no_service");
  CHECK(log.count("error a notification cannot be delivered and is kept: 404 no_service") == 7);
  CHECK(exposes("arrivald_notifications_total{channel=\"first\",outcome=\"undeliverable\"} 7"));
}

TEST_CASE_METHOD(Fixture, "two channels that refuse everything do not notify each other endlessly") {
  for (const auto* name : {"first", "second"}) transport.always(to(name), FakeTransport::reply(410, "gone"));
  const auto one = deliver("first"), other = deliver("second");
  put("a");
  pass(6h);
  // "a" on both, the word about the first on the second, and the word about that on the first.
  CHECK(outbox.depth()->undeliverable == 4);
}

TEST_CASE_METHOD(Fixture, "undeliverable notifications are tried once more when the channel works again") {
  transport.once(to("first"), FakeTransport::reply(403, "action_prohibited"));
  transport.once(to("first"), FakeTransport::reply(403, "action_prohibited"));
  put("a");
  put("b");
  const auto task = deliver();
  pass(10s);
  CHECK(outbox.depth()->undeliverable == 2);
  // Now it takes everything but "b", which no time will mend.
  transport.always(to("first"), [](const http::Request& request) {
    return request.body.find("\"b\"") == std::string::npos ? FakeTransport::reply(200, "ok")
                                                           : FakeTransport::reply(400, "no_text");
  });
  put("c");
  pass(1min);
  CHECK(postedWith(" c") == 1);
  CHECK(postedWith(" a") == 2);
  CHECK(postedWith(" b") == 2);
  CHECK_FALSE(outbox.next("first").value().has_value());
  CHECK(outbox.depth()->undeliverable == 1);
  put("d");
  pass(1min);
  CHECK(postedWith(" b") == 2);
  outbox.retain(config);
  pass(1min);
  CHECK(postedWith(" b") == 3);
}

TEST_CASE_METHOD(Fixture,
                 "undeliverable notifications are tried again after a reload, for the whole retry time") {
  config.retryFor = 1h;
  transport.once(to("first"), FakeTransport::reply(404, "no_service"));
  put("a");
  {
    const auto task = deliver();
    pass(10s);
    endByCancellation(*task);
  }
  clock.advance(24h);
  CHECK(outbox.depth()->undeliverable == 1);
  outbox.retain(config);
  CHECK(outbox.depth()->undeliverable == 0);
  CHECK(outbox.next("first").value()->queued.change == "a");
  transport.once(to("first"), FakeTransport::reply(503));
  accept();
  const auto task = deliver();
  pass(10s);
  CHECK(posted().size() == 3);
  CHECK(outbox.depth()->undeliverable == 0);
  CHECK_FALSE(outbox.next("first").value().has_value());
}

TEST_CASE_METHOD(Fixture,
                 "a notification that is being posted at the stop is posted again at the next start") {
  transport.hang(to("first"));
  put("a");
  const auto task = deliver();
  drain(io);
  CHECK(posted().size() == 1);
  endByCancellation(*task);
  CHECK(outbox.depth()->waiting == 1);
  CHECK(outbox.next("first").value()->queued.attempts == 0);
  accept();
  const auto next = deliver();
  drain(io);
  CHECK(posted().size() == 2);
  CHECK(outbox.depth()->waiting == 0);
}

TEST_CASE_METHOD(Fixture, "a notification accepted at the instant of the stop counts as delivered") {
  const auto task = deliver();
  drain(io);
  transport.once(to("first"), [&](const http::Request&) {
    task->cancel();
    return FakeTransport::reply(200, "ok");
  });
  put("a");
  pass(1s);
  CHECK(task->ended());
  CHECK(outbox.depth()->waiting == 0);
}

TEST_CASE_METHOD(Fixture, "while the store refuses each notification is posted once, from memory") {
  accept();
  put("a");
  put("b");
  refuseUpdates();
  const auto task = deliver();
  pass(5min);
  CHECK(postedWith(" a") == 1);
  CHECK(postedWith(" b") == 1);
  CHECK(outbox.depth()->waiting == 0);
  acceptUpdates();
  REQUIRE(database->transact([&] { outbox.put({}); }));
  outbox.stored();
  pass(30s);
  CHECK(posted().size() == 2);
  CHECK(outbox.depth()->waiting == 0);
}

TEST_CASE_METHOD(Fixture, "what cannot even be put into the store is posted once, from memory") {
  accept();
  execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const auto task = deliver();
  CHECK_FALSE(outbox.putNow({{"a", "first", saying("a")}}));
  CHECK_FALSE(outbox.putNow({{"a", "first", saying("a")}, {"b", "first", saying("b")}}));
  pass(5min);
  CHECK(posted().size() == 2);
  execute("DROP TRIGGER full");
  REQUIRE(database->transact([&] { outbox.put({}); }));
  outbox.stored();
  pass(5min);
  CHECK(posted().size() == 2);
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
  REQUIRE(outbox.putNow({{"a", "first", saying("a")}}));
  pass(1min);
  CHECK(posted().size() == 2);
}

TEST_CASE_METHOD(Fixture, "a delivery that could not be recorded is repeated after a restart, and not lost") {
  accept();
  put("a");
  refuseUpdates();
  {
    const auto task = deliver();
    pass(1min);
    endByCancellation(*task);
  }
  acceptUpdates();
  Outbox restarted{*database, clock, registry};
  Attempts attemptsAnew;
  DeliveryEnvironment anew{restarted, clock, random, channels, config, attemptsAnew};
  RunningTask task(io, deliverOutbox(anew, *channels[0]));
  pass(1min);
  CHECK(posted().size() == 2);
  CHECK(restarted.depth()->waiting == 0);
}

TEST_CASE_METHOD(Fixture, "what comes late says when it was meant") {
  transport.once(to("first"), FakeTransport::reply(503));
  accept();
  put("a");
  clock.advance(3h);  // a restart, say
  put("b");
  const auto task = deliver();
  pass(1min);
  REQUIRE(posted().size() == 3);
  CHECK_THAT(transport.requests()[1].body, Catch::Contains("as of 2026-11-10 12:00"));
  CHECK_THAT(transport.requests()[2].body, !Catch::Contains("when this channel took no"));
}

TEST_CASE_METHOD(Fixture,
                 "of an alert that began and ended while the channel was away only the end is told") {
  transport.once(to("first"), FakeTransport::reply(503));
  accept();
  put("stall@main#1000.1");
  put("stall@main#1000.2");
  put("other@main#1000.1");
  put("stall@main#1000.3");
  put("stall@main#2000.1");
  clock.advance(1h);
  const auto task = deliver();
  pass(1min);
  const std::vector<std::string> ids = {"other@main#1000.1", "stall@main#1000.3", "stall@main#2000.1"};
  REQUIRE(posted().size() == 4);
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK_THAT(posted()[i + 1], Catch::EndsWith(ids[i]));
  CHECK(outbox.waiting("first", 10)->empty());
  CHECK(exposes("arrivald_notifications_total{channel=\"first\",outcome=\"superseded\"} 2"));
}

TEST_CASE_METHOD(Fixture,
                 "of what was refused for good only the newest of each alert is told, and in order, once the "
                 "channel works again") {
  bool works = false;
  transport.always(to("first"), [&](const http::Request&) {
    return works ? FakeTransport::reply(200, "ok") : FakeTransport::reply(404, "no_service");
  });
  const auto task = deliver();
  const auto after = [&](Duration span, const char* change) {
    pass(span);
    put(change);
  };
  after(1min, "over@main#1000.1");
  after(10min, "on@main#1000.1");
  after(10min, "over@main#1000.2");
  after(10min, "on@main#1000.2");
  pass(4min);
  const auto before = posted().size();
  works = true;
  SECTION("a new notification finds that the channel works") {
    after(5s, "over@main#1000.3");
    pass(1min);
    const std::vector<std::string> ids = {"on@main#1000.2", "over@main#1000.3"};
    REQUIRE(posted().size() == before + 2);
    for (std::size_t i = 0; i < ids.size(); ++i) CHECK_THAT(posted()[before + i], Catch::EndsWith(ids[i]));
  }
  SECTION("nothing new comes") {
    pass(25min);
    REQUIRE(posted().size() == before + 2);
    CHECK(posted()[before].ends_with(".2"));
    CHECK(posted()[before + 1].ends_with(".2"));
  }
  CHECK(outbox.depth()->undeliverable == 0);
  CHECK(outbox.waiting("first", 10)->empty());
}

TEST_CASE_METHOD(Fixture, "an older notification never follows a newer one of its alert") {
  transport.once(to("first"), FakeTransport::reply(403, "action_prohibited"));
  accept();
  put("stall@main#1000.1");
  const auto task = deliver();
  pass(30s);
  clock.advance(20s);
  put("stall@main#1000.2");  // too soon to try the older one first
  pass(10min);
  CHECK(postedWith("1000.2") == 1);
  CHECK(postedWith("1000.1") == 1);  // when it was refused
  const auto titles = posted();
  CHECK_THAT(titles.back(), Catch::EndsWith("1000.2"));
}

TEST_CASE_METHOD(
    Fixture,
    "what comes late mentions somebody once for an alert that goes on, and not for one that is over") {
  config.channels[0].mention = {"here"};
  channels = makeChannels(config, transport, clock, outbox.conversations());
  const auto putWith = [&](const std::string& change, notify::Tone tone, bool mention) {
    auto notification = saying(change);
    notification.tone = tone;
    notification.mention = mention;
    REQUIRE(outbox.putNow({{change, "first", notification}}));
  };
  using notify::Tone;
  putWith("over@main#1000.1", Tone::critical, true);
  putWith("on@main#1000.1", Tone::critical, true);
  putWith("over@main#1000.2", Tone::good, false);
  putWith("on@main#1000.2", Tone::critical, false);
  putWith("group@main#1000.1+4", Tone::critical, true);
  putWith("group@main#1000.2", Tone::good, false);
  clock.advance(3h);
  accept();
  const auto task = deliver();
  pass(1min);
  putWith("on@main#1000.3", Tone::critical, false);
  pass(1min);
  std::vector<std::string> mentioning;
  for (const auto& request : transport.requests())
    if (request.body.find("<!here>") != std::string::npos) mentioning.push_back(request.body);
  REQUIRE(mentioning.size() == 1);
  CHECK_THAT(mentioning[0], Catch::Contains("on@main#1000.2"));
  CHECK(posted().size() == 5);
}

TEST_CASE_METHOD(Fixture, "what comes in time is not left out for a later one") {
  accept();
  put("stall@main#1000.1");
  put("stall@main#1000.2");
  const auto task = deliver();
  pass(1min);
  CHECK(posted().size() == 2);
}

TEST_CASE_METHOD(Fixture, "after two failures the other channels stand in, and get each notification once") {
  transport.always(to("first"), FakeTransport::reply(500));
  accept("second");
  const auto broken = deliver("first"), working = deliver("second");
  put("a");
  put("both");
  put("both", "second");
  pass(3s);
  CHECK(posted().size() == 2);
  CHECK(postedWith(" a", "second") == 1);
  CHECK(postedWith("both", "second") == 1);
  CHECK(posted("second").size() == 2);
  CHECK(std::ranges::count_if(transport.requests(), [](const auto& request) {
          return request.body.find("which takes no notifications at present") != std::string::npos;
        }) == 1);
  pass(10min);
  CHECK(postedWith("cannot be delivered: first", "second") == 1);
  // Not at the broken channel's next attempt, but at once.
  put("later");
  drain(io);
  CHECK(postedWith("later", "second") == 1);
  pass(10min);
  CHECK(posted("second").size() == 4);
}

TEST_CASE_METHOD(Fixture, "a single failure that passes needs no stand-in") {
  transport.once(to("first"), FakeTransport::reply(429, "", {{"Retry-After", "100"}}));
  accept();
  accept("second");
  const auto first = deliver("first"), second = deliver("second");
  put("a");
  pass(2min);
  CHECK(posted().size() == 2);
  pass(10min);
  CHECK(posted("second").empty());
}

TEST_CASE_METHOD(Fixture, "a channel that was broken before a restart is stood in for at once") {
  transport.always(to("first"), FakeTransport::reply(500));
  accept("second");
  put("alpha");
  {
    const auto task = deliver("first");
    pass(5min);
    endByCancellation(*task);
  }
  const auto before = posted("second").size();
  put("beta");
  outbox.retain(config);
  execute("UPDATE outbox SET attempts = 7, next_attempt = next_attempt + 900000 WHERE channel = 'first'");
  const auto broken = deliver("first"), working = deliver("second");
  pass(5s);
  CHECK(before == 0);
  CHECK(postedWith("alpha", "second") == 1);
  CHECK(postedWith("beta", "second") == 1);
}

TEST_CASE_METHOD(Fixture,
                 "while no channel works each is tried every two minutes, also one that asks for more") {
  transport.once(to("second"), FakeTransport::reply(429, "", {{"Retry-After", "4000"}}));
  accept("second");
  transport.always(to("first"), FakeTransport::reply(500));
  const auto second = deliver("second");
  put("before", "second");
  pass(5s);
  const auto first = deliver("first");
  put("a");
  pass(3min + 5s);
  CHECK(postedWith(" a", "second") == 1);
}

TEST_CASE_METHOD(Fixture, "of what waits a stand-in gets only the newest of each alert, as of when it was") {
  accept("second");
  for (const auto* change : {"stall@main#1000.1", "other@main#1000.1", "stall@main#1000.2", "drift@main#1.1",
                             "incident-7@main#1.1764047100000-opened", "stall@main#1000.3",
                             "incident-7@main#1.1764047100001-worse"})
    put(change);
  // The stand-in knows better already.
  put("drift@main#1.2", "second");
  clock.advance(20min);
  transport.always(to("first"), FakeTransport::reply(404, "no_service"));
  const auto broken = deliver("first"), working = deliver("second");
  pass(1min);
  std::vector<std::string> titles;
  for (const auto& title : posted("second"))
    if (title.find("cannot be delivered") == std::string::npos) titles.push_back(title);
  const std::vector<std::string> ids = {"drift@main#1.2", "stall@main#1000.3", "other@main#1000.1",
                                        "incident-7@main#1.1764047100001-worse"};
  REQUIRE(titles.size() == ids.size());
  for (const auto& id : ids)
    CHECK(std::ranges::count_if(titles, [&](const auto& title) { return title.ends_with(id); }) == 1);
  int late = 0;
  for (const auto& request : transport.requests())
    if (to("second")(request) && request.body.find("for which it was meant") != std::string::npos) ++late;
  CHECK(late == 3);
}

TEST_CASE_METHOD(Fixture, "a channel that works again repeats only what goes on, and ends what it began") {
  bool works = true;
  transport.always(to("first"), [&](const http::Request&) {
    return works ? FakeTransport::reply(200, "ok") : FakeTransport::reply(500);
  });
  accept("second");
  const auto first = deliver("first"), second = deliver("second");
  const auto putWith = [&](const std::string& change, notify::Tone tone) {
    auto notification = saying(change);
    notification.tone = tone;
    REQUIRE(outbox.putNow({{change, "first", notification}}));
    pass(1min);
  };
  using notify::Tone;
  putWith("begun@main#1.1", Tone::critical);
  works = false;
  putWith("on@main#1.1", Tone::critical);
  putWith("over@main#1.1", Tone::critical);
  putWith("on@main#1.2", Tone::critical);
  putWith("over@main#1.2", Tone::good);
  putWith("begun@main#1.2", Tone::good);
  putWith("stray", Tone::info);
  CHECK(posted("second").size() == 6 + 1);
  const auto before = posted().size();
  SECTION("within minutes") {}
  SECTION("after hours") { pass(3h); }
  const auto tried = posted().size();
  works = true;
  pass(20min);
  auto after = posted();
  after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(tried));
  REQUIRE(after.size() == 2);
  CHECK_THAT(after[0], Catch::EndsWith("on@main#1.2"));
  CHECK_THAT(after[1], Catch::EndsWith("begun@main#1.2"));
  CHECK(before <= tried);
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
  putWith("on@main#1.3", Tone::good);
  CHECK(postedWith("on@main#1.3") == 1);
  CHECK(postedWith("on@main#1.3", "second") == 0);
}

TEST_CASE_METHOD(Fixture, "what came through after all is not said by a stand-in as well") {
  bool works = false;
  transport.always(to("first"), [&](const http::Request&) {
    return works ? FakeTransport::reply(200, "ok") : FakeTransport::reply(500);
  });
  transport.once(to("second"), FakeTransport::reply(429, "", {{"Retry-After", "100"}}));
  accept("second");
  const auto first = deliver("first"), second = deliver("second");
  put("stall@main#1000.1");
  pass(10s);
  CHECK(posted("second").size() == 1);
  works = true;
  pass(5min);
  CHECK(postedWith("1000.1", "second") == 1);
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
}

TEST_CASE_METHOD(Fixture, "a group leaves out the alerts of which there is something newer") {
  transport.once(to("first"), FakeTransport::reply(503));
  accept();
  const auto putGroup = [&](int number, const std::vector<std::string>& names) {
    std::vector<notify::Notification> members;
    for (const auto& name : names) {
      auto member = saying(fmt::format("{}@main#1000.{}", name, number));
      member.tone = notify::Tone::critical;
      members.push_back(std::move(member));
    }
    const auto change = fmt::format("{}+{}", members[0].id, members.size() - 1);
    auto group = notify::composeGroup(std::move(members), clock.now(), config.zone, Language::english);
    REQUIRE(outbox.putNow({{change, "first", group}}));
  };
  const auto body = [&](std::size_t i) { return transport.requests().at(i).body; };
  SECTION("all of them: it is closed") {
    putGroup(1, {"a", "b", "c", "d"});
    for (const auto* name : {"a", "b", "c", "d"}) put(fmt::format("{}@main#1000.2", name));
    clock.advance(1h);
    const auto task = deliver();
    pass(1min);
    CHECK(posted().size() == 5);  // one of them twice
    CHECK(postedWith("1000.2") == 5);
  }
  SECTION("by another group, which begins with another alert") {
    putGroup(1, {"a", "b", "c", "d"});
    putGroup(2, {"e", "d", "c", "b", "a"});
    clock.advance(1h);
    const auto task = deliver();
    pass(1min);
    REQUIRE(posted().size() == 2);
    CHECK_THAT(body(1), Catch::Contains("5 alerts") && !Catch::Contains("1000.1"));
  }
  SECTION("some of them: the others remain, and one alone is said as one") {
    putGroup(1, {"a", "b", "c", "d"});
    put("b@main#1000.2");
    clock.advance(1h);
    const auto task = deliver();
    pass(1min);
    REQUIRE(posted().size() == 3);
    CHECK_THAT(body(1), Catch::Contains("3 alerts") && !Catch::Contains("b@main#1000.1"));
    put("e@main#1000.1");
    pass(1min);
    CHECK_THAT(posted().back(), Catch::EndsWith("e@main#1000.1"));
  }
  SECTION("an alert of its own is replaced by a group that has it") {
    put("c@main#1000.1");
    putGroup(2, {"a", "b", "c", "d"});
    clock.advance(1h);
    const auto task = deliver();
    pass(1min);
    REQUIRE(posted().size() == 2);
    CHECK_THAT(body(1), Catch::Contains("4 alerts"));
  }
}

namespace {

// Two channels that break in every way at random, at each time one of them at most, and alerts that change.
struct Weather {
  enum class Sky { clear, failing, throttled, silent, refusedConnection, revoked, unclear };
  explicit Weather(unsigned seed) : random(seed) {}
  std::mt19937 random;
  std::map<std::string, Sky> now{{"first", Sky::clear}, {"second", Sky::clear}};

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); }
  void change() {
    const auto* which = below(3) > 0 ? "first" : "second";
    now["first"] = now["second"] = Sky::clear;
    now[which] = static_cast<Sky>(below(7));
  }
  /// What a channel answers; `accepted` tells whether it has shown the notification.
  FakeTransport::Answer answer(const std::string& channel, bool& accepted) {
    using Kind = http::Failure::Kind;
    accepted = false;
    switch (now[channel]) {
      case Sky::clear:
        accepted = true;
        return FakeTransport::reply(200, "ok");
      case Sky::failing:
        return FakeTransport::reply(500);
      case Sky::throttled:
        return FakeTransport::reply(429, "", {{"Retry-After", below(2) == 0 ? "30" : "4000"}});
      case Sky::silent:
        return FakeTransport::fail(Kind::timedOut);
      case Sky::refusedConnection:
        return FakeTransport::fail(Kind::connect);
      case Sky::revoked:
        return FakeTransport::reply(404, "no_service");
      case Sky::unclear:
        break;
    }
    accepted = below(2) == 0;
    return FakeTransport::fail(Kind::timedOut);
  }
};

struct Shown {
  std::string id;
  Instant at;
  bool known;  // the daemon knows it: the outcome was clear
};

std::string alertOf(const std::string& id) { return id.substr(0, id.rfind('.')); }
int numberIn(const std::string& id) { return std::stoi(id.substr(id.rfind('.') + 1)); }

}  // namespace

TEST_CASE_METHOD(
    Fixture, "however channels break, every newest state reaches one within minutes, in order, and once") {
  const auto seed = GENERATE(range(1U, 25U));
  CAPTURE(seed);
  Weather weather(seed);
  std::map<std::string, std::vector<Shown>> shown;
  for (const std::string channel : {"first", "second"})
    transport.always(to(channel), [&, channel](const http::Request& request) {
      bool accepted = false;
      auto answer = weather.answer(channel, accepted);
      const auto text = nlohmann::json::parse(request.body)["attachments"][0]["blocks"][0]["text"]["text"]
                            .get<std::string>();
      const auto at = text.find("alert-");
      if (accepted && at != std::string::npos)
        shown[channel].push_back({text.substr(at), clock.now(), answer.ok()});
      return answer;
    });
  const auto first = deliver("first"), second = deliver("second");
  struct Put {
    std::string id;
    Instant at;
  };
  std::map<std::string, std::vector<Put>> put;
  const int rarely = 1 + weather.below(3);
  for (int minute = 0; minute < 240; ++minute) {
    if (weather.below(12) == 0) weather.change();
    for (int alert = 0; alert < 4; ++alert) {
      if (weather.below(12 * rarely) > 0) continue;
      auto& states = put[fmt::format("alert-{}@main#1000", alert)];
      const auto id = fmt::format("alert-{}@main#1000.{}", alert, states.size() + 1);
      auto notification = saying(id);
      notification.tone = notify::Tone::critical;
      states.push_back({id, clock.now()});
      REQUIRE(outbox.putNow({{id, alert == 3 ? "second" : "first", notification}}));
    }
    pass(1min);
  }
  weather.now = {{"first", Weather::Sky::clear}, {"second", Weather::Sky::clear}};
  pass(40min);
  constexpr Duration kWithin = 6min;
  for (const auto& [alert, states] : put)
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto until = states[i].at + kWithin;
      if (i + 1 < states.size() && states[i + 1].at <= until) continue;
      CAPTURE(states[i].id, toText(clock.now() - states[i].at));
      bool reached = false;
      for (const auto& [channel, all] : shown)
        for (const auto& one : all) reached = reached || (one.id == states[i].id && one.at <= until);
      CHECK(reached);
    }
  for (const auto& [channel, all] : shown) {
    CAPTURE(channel);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = i + 1; j < all.size(); ++j) {
        if (alertOf(all[i].id) != alertOf(all[j].id)) continue;
        CAPTURE(all[i].id, all[j].id);
        if (all[i].id == all[j].id) CHECK_FALSE(all[i].known);
        if (all[i].known) CHECK(numberIn(all[i].id) <= numberIn(all[j].id));
      }
  }
  CHECK(outbox.depth().value() == store::OutboxTable::Depth{});
}

TEST_CASE_METHOD(Fixture, "a channel that works again is found without a restart or a new notification") {
  config.retryFor = 1h;
  bool works = false;
  transport.always(to("first"), [&](const http::Request&) {
    return works ? FakeTransport::reply(200, "ok") : FakeTransport::reply(503);
  });
  put("a");
  put("b");
  const auto task = deliver();
  for (int minutes = 0; minutes < 300 && outbox.depth()->undeliverable < 2; ++minutes) pass(1min);
  REQUIRE(outbox.depth()->undeliverable == 2);
  pass(1h);
  works = true;
  pass(25min);
  CHECK(outbox.depth()->undeliverable == 0);
  CHECK_FALSE(outbox.next("first").value().has_value());
}

TEST_CASE_METHOD(Fixture, "a stored notification that cannot be read is reported with its id") {
  LoggedLines log;
  accept();
  put("stall@main#1.1");
  REQUIRE(database->transact(
      [&] { store::Statement(*database, "UPDATE outbox SET notification = '{\"version\":7}'").run(); }));
  const auto task = deliver();
  pass(1s);
  REQUIRE(posted().size() == 1);
  CHECK(posted()[0].find("could not be read") != std::string::npos);
  CHECK(transport.requests()[0].body.find("stall@main#1.1") != std::string::npos);
  CHECK(log.count("a stored notification could not be read") == 1);
  CHECK(outbox.depth()->waiting == 0);
}

TEST_CASE_METHOD(Fixture, "an outbox that cannot be read is read again within a minute") {
  LoggedLines log;
  accept();
  put("a");
  REQUIRE(database->transact(
      [&] { store::Statement(*database, "ALTER TABLE outbox RENAME TO elsewhere").run(); }));
  const auto task = deliver();
  pass(10s);
  CHECK(log.count("the outbox cannot be read") == 1);
  REQUIRE(database->transact(
      [&] { store::Statement(*database, "ALTER TABLE elsewhere RENAME TO outbox").run(); }));
  pass(1min);
  CHECK(posted().size() == 1);
}

TEST_CASE_METHOD(Fixture, "delivery ends by cancellation while there is nothing to do") {
  const auto task = deliver();
  drain(io);
  endByCancellation(*task);
}

TEST_CASE_METHOD(Fixture, "delivery ends by cancellation between two deliveries") {
  accept();
  put("a");
  put("b");
  const auto task = deliver();
  drain(io);
  endByCancellation(*task);
  CHECK(posted().size() == 1);
  CHECK(outbox.depth()->waiting == 1);
}

TEST_CASE_METHOD(Fixture, "delivery ends by cancellation while a retry waits") {
  transport.always(to("first"), FakeTransport::reply(503));
  put("a");
  const auto task = deliver();
  pass(20s);
  endByCancellation(*task);
  CHECK(outbox.next("first").value()->queued.attempts > 1);
}

TEST_CASE_METHOD(Fixture, "delivery ends by cancellation while the outbox cannot be read") {
  REQUIRE(database->transact(
      [&] { store::Statement(*database, "ALTER TABLE outbox RENAME TO elsewhere").run(); }));
  const auto task = deliver();
  drain(io);
  endByCancellation(*task);
}

TEST_CASE_METHOD(Fixture,
                 "test notifications are queued for all channels or for one, and wake the delivery") {
  accept();
  accept("second");
  const auto first = deliver("first"), second = deliver("second");
  drain(io);
  const auto test = [&](const std::string& channel, Repeat repeat) {
    return queueTestAlerts(outbox, clock, config, channel, 0.25, repeat);
  };
  CHECK(test("", Repeat::afterAMinute)->size() == 2);
  drain(io);
  CHECK(postedWith("Test", "first") == 1);
  CHECK(postedWith("Test", "second") == 1);
  pass(2s);
  // An earlier one stands for it.
  CHECK(test("second", Repeat::afterAMinute)->at(0).repeated);
  drain(io);
  CHECK(posted("second").size() == 1);
  CHECK_FALSE(test("second", Repeat::atOnce)->at(0).repeated);
  drain(io);
  CHECK(posted("first").size() == 1);
  CHECK(posted("second").size() == 2);
  const auto unknown = test("third", Repeat::atOnce);
  CHECK(unknown.error().kind == Error::Kind::notFound);
  CHECK_THAT(unknown.error().text, Catch::Contains("first, second"));
}

TEST_CASE_METHOD(Fixture, "a test is tried once, and what was answered is known; the next one is posted") {
  transport.once(to("first"), FakeTransport::reply(503, "busy"));
  accept();
  const auto task = deliver();
  drain(io);
  REQUIRE(queueTestAlerts(outbox, clock, config, "first", 0.25, Repeat::afterAMinute));
  drain(io);
  CHECK(outbox.latest("test#", "first")->state == "closed");
  CHECK(outbox.latest("test#", "first")->outcome == "503 busy");
  const auto outcomes = nlohmann::json::parse(testOutcomesJson(outbox, config))["tests"];
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0]["state"] == "failed");
  CHECK_THAT(outcomes[0]["remedy"].get<std::string>(), Catch::Contains("Slack fails"));
  pass(1h);
  CHECK(posted().size() == 1);
  CHECK(outbox.depth()->undeliverable == 0);
  CHECK_FALSE(queueTestAlerts(outbox, clock, config, "first", 0.5, Repeat::afterAMinute)->at(0).repeated);
  drain(io);
  CHECK(posted().size() == 2);
  CHECK(outbox.latest("test#", "first")->state == "delivered");
}

TEST_CASE_METHOD(Fixture, "a test is told by what waits before it, also while the store refuses") {
  transport.always(to("first"), FakeTransport::reply(500, "down"));
  const auto task = deliver();
  put("stall@main#1.1");
  drain(io);
  refuseUpdates();
  REQUIRE(queueTestAlerts(outbox, clock, config, "first", 0.25, Repeat::afterAMinute));
  const auto outcome = nlohmann::json::parse(testOutcomesJson(outbox, config))["tests"][0];
  CHECK(outcome["state"] == "waiting");
  CHECK(outcome["waiting_before"] == 1);
  CHECK(outcome["answer"] == "500 down");
  acceptUpdates();
}

TEST_CASE_METHOD(
    Fixture, "others are notified of a channel that fails as soon as they stand in for it, and of its end") {
  transport.always(to("first"), FakeTransport::reply(500, "no"));
  accept("second");
  const auto first = deliver(), second = deliver("second");
  put("stall@main#1764046800000.1");
  pass(5min);
  CHECK(postedWith("cannot be delivered: first", "second") == 1);
  pass(30min);
  CHECK(postedWith("cannot be delivered: first", "second") == 1);
  CHECK(postedWith("are delivered again", "second") == 0);
  transport.clear();
  accept("second");
  accept();
  pass(2h);
  CHECK(postedWith("are delivered again: first", "second") == 1);
  put("stall@main#1764046800000.2");
  pass(5min);
  CHECK(postedWith("are delivered again: first", "second") == 1);
  transport.clear();
  accept("second");
  transport.always(to("first"), FakeTransport::reply(500, "no"));
  put("stall@main#1764046800000.3");
  pass(5min);
  CHECK(postedWith("cannot be delivered: first", "second") == 1);
}
