// The event stream from a signed POST to counters, messages on their way and a trace: over a real connection.
#include "watch/event_stream.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "http/client.hpp"
#include "http/url.hpp"
#include "simulator/event_signer.hpp"
#include "store/database.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/check_stream_settings.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/event_json.hpp"
#include "watch/fixture.hpp"
#include "watch/forward_events.hpp"
#include "watch/reconcile.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const simulator::EventSigner& signer() {
  static const simulator::EventSigner one;
  return one;
}

/// A daemon's part of it, over a store that outlives it.
struct Fixture {
  TempStore folder;
  ManualClock clock;
  boost::asio::io_context io;
  config::Config config;
  std::unique_ptr<Memory> memory;
  std::unique_ptr<http::Server> server;

  Fixture() {
    config::Account account;
    account.name = "main";
    account.events = config::AccountEvents{{signer().publicKey()}, false, "", {}};
    config.accounts.push_back(account);
    begin();
  }
  ~Fixture() { end(); }
  void begin() {
    memory = std::make_unique<Memory>(io, clock, folder.path());
    reload();
    http::ServerOptions options;
    options.bodyBytes = config.eventStream.maxBodyBytes;
    server =
        http::Server::listen(io.get_executor(), clock, options, [this](const http::ServerRequest& request) {
          return events().receiver().receive(request);
        }).value();
  }
  void end() {
    if (server) runTask(io, server->stop(Duration::zero()));
    server.reset();
    memory.reset();
  }
  void restart() {
    end();
    begin();
  }
  void reload() { memory->owners.retain(config); }
  EventStream& events() { return memory->owners.events(); }
  std::vector<EventAggregator::Receiver> receivers() { return events().aggregator().receivers("main"); }
  store::Database& database() { return *memory->database; }

  http::Request request(const std::string& body, const std::string& path = "/events/main") {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(server->port()) + path;
    request.headers.add("Content-Type", "application/json");
    request.headers.add(std::string(sendgrid::kTimestampHeader), "1700000000");
    request.headers.add(std::string(sendgrid::kSignatureHeader), signer().sign("1700000000", body));
    request.body = body;
    return request;
  }
  unsigned send(http::Request what) {
    http::Client client(io.get_executor(), clock, {});
    auto answer = runTask(io, client.send(std::move(what)));
    client.closeIdle();
    return answer ? answer->status : 0;
  }
  unsigned post(const std::string& body) { return send(request(body)); }

  std::string event(const std::string& kind, const std::string& email, const std::string& message,
                    Duration ago, const std::string& more = "") {
    static int number = 0;
    return "{\"event\":\"" + kind + "\",\"email\":\"" + email + "\",\"sg_message_id\":\"" + message +
           ".recvd-1\",\"sg_event_id\":\"id" + std::to_string(++number) +
           "\",\"timestamp\":" + std::to_string(unixSeconds(clock.now() - ago)) + more + "}";
  }
  std::string trace(const std::string& of) {
    EventFilter filter;
    filter.of = of;
    return foundEventsJson(filter, events().query().find(filter));
  }
  bool exposes(const std::string& line) {
    return memory->registry.expose().find(line + "\n") != std::string::npos;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "a signed batch is stored, counted and followed; the same batch again counts nothing") {
  const auto batch = "[" + event("processed", "taro@docomo.ne.jp", "m1", 60s) + "," +
                     event("processed", "hanako@gmail.com", "m2", 60s) + ",\r\n" +
                     event("delivered", "taro@docomo.ne.jp", "m1", 20s) + "]\r\n";
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 2"));
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  CHECK(exposes("arrivald_delivery_latency_seconds_sum{account=\"main\",domain_group=\"docomo\"} 40"));
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 2"));
  CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 3"));

  // The same events under other ids, as retries have been reported to bring.
  std::string renamed = batch;
  for (auto at = renamed.find("\"id"); at != std::string::npos; at = renamed.find("\"id", at + 3))
    renamed.replace(at, 3, "\"other");
  CHECK(post(renamed) == 204);
  CHECK(exposes("arrivald_events_repeated_total{account=\"main\"} 6"));

  events().tick();
  clock.advance(12min);
  events().tick();
  const auto groups = receivers();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].name == "Gmail");
  CHECK(groups[0].waiting.messages == 1);
  CHECK(groups[0].waiting.overdue == 1);
  CHECK(exposes("arrivald_messages_overdue{account=\"main\",domain_group=\"Gmail\"} 1"));
  CHECK(groups[1].name == "docomo");
  CHECK(groups[1].lastHour.count == 1);
}

TEST_CASE_METHOD(Fixture, "what is not signed by a known key is refused and leaves nothing behind") {
  const auto body = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  auto tampered = request(body);
  tampered.body[5] ^= 1;
  CHECK(send(tampered) == 401);
  auto bare = request(body);
  bare.headers = {};
  CHECK(send(bare) == 401);
  auto elsewhere = request(body, "/events/other");
  CHECK(send(elsewhere) == 404);
  CHECK(send(request(std::string(5 << 20, 'x'))) == 413);
  CHECK(memory->registry.expose().find("arrivald_events_total{") == std::string::npos);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"bad_signature\"} 1"));
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"no_signature\"} 1"));
  CHECK(post(body) == 204);
}

TEST_CASE_METHOD(
    Fixture,
    "during a change of keys both are good, and without keys only what the YAML says in so many words") {
  const simulator::EventSigner before;
  config.accounts[0].events->publicKeys = {before.publicKey(), signer().publicKey()};
  reload();
  CHECK(post("[" + event("delivered", "a@b.jp", "m", 1s) + "]") == 204);
  config.accounts[0].events->publicKeys = {before.publicKey()};
  reload();
  CHECK(post("[" + event("delivered", "a@b.jp", "m2", 1s) + "]") == 401);
  config.accounts[0].events = config::AccountEvents{{}, true, "", {}};
  reload();
  auto bare = request("[" + event("delivered", "a@b.jp", "m3", 1s) + "]");
  bare.headers = {};
  CHECK(send(bare) == 204);
}

TEST_CASE_METHOD(
    Fixture,
    "odd events are kept as they came and the others counted; the provider's own test counts nothing") {
  CHECK(post("[7,{\"email\":\"x\"}," + event("delivered", "a@b.jp", "m", 1s) + "]") == 204);
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 2"));
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  CHECK(post("not json at all") == 204);
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 3"));
  CHECK(post("[{\"email\":\"example@test.com\",\"timestamp\":1700000000,\"event\":\"delivered\"}]") == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  std::vector<store::MalformedEvent> malformed;
  REQUIRE(database().read([&] { malformed = store::EventsTable(database()).latestMalformed(10); }));
  REQUIRE(malformed.size() == 3);
  CHECK(malformed[0].raw == "not json at all");
  CHECK(malformed[2].raw == "7");
}

TEST_CASE_METHOD(Fixture, "a restart forgets nothing: counters, duplicates, messages on their way") {
  const auto batch = "[" + event("processed", "taro@docomo.ne.jp", "m1", 60s) + "," +
                     event("deferred", "taro@docomo.ne.jp", "m1", 30s, ",\"response\":\"421 later\"") + "]";
  CHECK(post(batch) == 204);
  restart();
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 1"));
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"processed\"} 1"));
  REQUIRE(receivers().size() == 1);
  CHECK(receivers()[0].waiting.messages == 1);
  CHECK(receivers()[0].waiting.deferred == 1);
  CHECK(post("[" + event("delivered", "taro@docomo.ne.jp", "m1", 0s) + "]") == 204);
  CHECK(receivers()[0].waiting.messages == 0);
  CHECK(receivers()[0].lastHour.count == 1);
}

TEST_CASE_METHOD(
    Fixture,
    "a message's life is told by its address or its id, with causes; also where addresses are not kept") {
  for (const bool hashed : {false, true}) {
    config.eventStream.hashAddresses = hashed;
    reload();
    const auto message = hashed ? std::string("m2") : std::string("m1");
    const auto email = hashed ? "hanako@gmail.com" : "taro@gmail.com";
    CHECK(post("[" + event("processed", email, message, 9s) + "," +
               event("bounce", email, message, 3s,
                     std::string(",\"status\":\"5.1.1\",\"reason\":\"550 5.1.1 <") + email +
                         "> User unknown\"") +
               "]") == 204);
    const auto reported = nlohmann::json::parse(trace(hashed ? "Hanako@GMAIL.com" : "taro@gmail.com"));
    REQUIRE(reported["events"].size() == 2);
    CHECK(reported["events"][0]["event"] == "processed");
    CHECK(reported["events"][1]["cause"] == "no_address");
    CHECK(reported["events"][1].contains("email") == !hashed);
    CHECK(nlohmann::json::parse(trace(message + ".recvd-9"))["events"].size() == 2);
    if (hashed) {
      auto events = reported;
      events.erase("asked");
      CHECK(events.dump().find("hanako@") == std::string::npos);
    }
  }
  CHECK(nlohmann::json::parse(trace("nobody@example.jp"))["events"].empty());
}

TEST_CASE_METHOD(
    Fixture,
    "what the store refuses is not acknowledged and not counted, and counts once when it comes again") {
  const auto batch = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  REQUIRE(database().transact(
      [&] { store::Statement(database(), "ALTER TABLE event_batches RENAME TO away").run(); }));
  CHECK(post(batch) == 503);
  CHECK(memory->registry.expose().find("arrivald_events_total{") == std::string::npos);
  REQUIRE(database().transact(
      [&] { store::Statement(database(), "ALTER TABLE away RENAME TO event_batches").run(); }));
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
}

TEST_CASE_METHOD(Fixture,
                 "groups of receivers have windows of their own, which the rules and the metrics know") {
  for (int i = 0; i < 5; ++i)
    CHECK(post("[" +
               event("processed", "a" + std::to_string(i) + "@docomo.ne.jp", "p" + std::to_string(i), 1s) +
               "]") == 204);
  events().tick();
  clock.advance(61s);
  CHECK(post("[" + event("delivered", "a1@docomo.ne.jp", "p1", 1s) + "," +
             event("bounce", "a2@docomo.ne.jp", "p2", 1s) + "]") == 204);
  events().tick();
  const delivery::Subject docomo{"main", delivery::Dimension::domainGroup, "docomo"};
  const auto* series = events().counts().windows().find(docomo);
  REQUIRE(series);
  const auto sum = series->sum(10min, clock.now(), 3min);
  CHECK(sum.counts[delivery::Metric::delivered] == 1);
  CHECK(sum.counts[delivery::Metric::bounces] == 1);
  CHECK(memory->registry.expose().find("docomo") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "other groups after a reload: what is on its way is counted under the new names") {
  CHECK(post("[" + event("processed", "a@partner.example.jp", "m1", 60s) + "," +
             event("processed", "b@docomo.ne.jp", "m2", 60s) + "]") == 204);
  config.eventStream.domainGroups = {{"partner", {"partner.example.jp"}}};
  reload();
  std::vector<std::string> names;
  for (const auto& group : receivers()) names.push_back(group.name);
  CHECK(std::count(names.begin(), names.end(), "partner") == 1);
  CHECK(std::count(names.begin(), names.end(), "docomo") == 1);
  config.eventStream.domainGroups.clear();
  reload();
  CHECK(receivers().size() == 2);
}

TEST_CASE_METHOD(Fixture, "the horizon of the YAML decides how long a repeated event is known") {
  config.eventStream.horizon = 2h;
  reload();
  const auto batch = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  CHECK(post(batch) == 204);
  clock.advance(2h);
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  clock.advance(4h);
  CHECK(post(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 2"));
}

namespace {

std::int64_t deliveredIn(EventStream& events, const delivery::Subject& subject, Duration window,
                         Instant end) {
  const auto* series = events.counts().windows().find(subject);
  return series ? series->sum(window, end, 1h).counts[delivery::Metric::delivered] : -1;
}
const delivery::Subject kAccount{"main", delivery::Dimension::account, ""};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "events are counted at their own time, by account and category, however late they come") {
  config.accounts[0].categories.names = {"notice"};
  restart();
  events().tick();
  for (int minute = 0; minute < 130; ++minute) {
    CHECK(post("[" +
               event("delivered", "a@b.jp", "m" + std::to_string(minute), 1s,
                     ",\"category\":[\"notice\",\"x\"]") +
               "]") == 204);
    clock.advance(1min);
    events().tick();
  }
  // Each came a second before the minute in which it was posted: nine of them are of the last ten minutes.
  const auto now = clock.now();
  CHECK(deliveredIn(events(), kAccount, 10min, now) == 9);
  CHECK(deliveredIn(events(), {"main", delivery::Dimension::category, "notice"}, 10min, now) == 9);
  // An hour old: in the windows of an hour ago.
  CHECK(post("[" + event("delivered", "late@b.jp", "late", 1h) + "]") == 204);
  clock.advance(1min);
  events().tick();
  CHECK(deliveredIn(events(), kAccount, 30min, clock.now()) == 28);
  CHECK(deliveredIn(events(), kAccount, 30min, clock.now() - 45min) == 31);
  // And so after a restart.
  restart();
  CHECK(deliveredIn(events(), kAccount, 30min, clock.now() - 45min) == 31);
}

TEST_CASE_METHOD(Fixture,
                 "what was acknowledged before a crash, and not booked yet, is booked after it, once") {
  CHECK(post("[" + event("processed", "a@b.jp", "m1", 1s) + "]") == 204);
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 1s) + "]") == 204);
  restart();
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(deliveredIn(events(), kAccount, 10min, clock.now()) == 1);
  restart();
  clock.advance(1min);
  events().tick();
  CHECK(deliveredIn(events(), kAccount, 10min, clock.now()) == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a silent stream is alive where the statistics stand still too, and not where they move") {
  CHECK(post("[" + event("delivered", "a@b.jp", "m1", 1s) + "]") == 204);
  CHECK(events().status().alive("main", clock.now()));
  CHECK_FALSE(events().status().alive("main", clock.now() + 11min));  // nobody else knows
  const auto read = [&](std::int64_t delivered) {
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    delivery::SubjectTotals totals{kAccount, {{read.firstDay, {}}}};
    totals.days[0].counts[delivery::Metric::delivered] = delivered;
    read.totals.push_back(totals);
    REQUIRE(memory->owners.statistics().apply(read));
  };
  read(5);
  clock.advance(5min);
  read(6);  // what the stream told, a little later
  clock.advance(20min);
  read(6);
  CHECK(events().status().alive("main", clock.now()));
  clock.advance(1min);
  read(7);
  CHECK_FALSE(events().status().alive("main", clock.now()));
}

TEST_CASE_METHOD(Fixture,
                 "stored events are found by group, kind and time, and a search that stops says so") {
  CHECK(post("[" + event("processed", "a@docomo.ne.jp", "m1", 3h) + "," +
             event("bounce", "a@docomo.ne.jp", "m1", 2h) + "," + event("delivered", "b@gmail.com", "m2", 1h) +
             "]") == 204);
  const auto count = [&](const EventFilter& filter) { return events().query().find(filter)->rows.size(); };
  EventFilter filter;
  filter.group = "docomo";
  CHECK(count(filter) == 2);
  filter.event = "bounce";
  CHECK(count(filter) == 1);
  filter = {};
  filter.from = clock.now() - 90min;
  CHECK(count(filter) == 1);
  filter.from = clock.now() - 150min;
  filter.to = clock.now() - 90min;
  CHECK(count(filter) == 1);
  filter = {};
  filter.account = "other";
  filter.event = "delivered";
  CHECK(count(filter) == 0);
  for (int i = 0; i < 20; ++i)
    CHECK(post("[" + event("delivered", "c@gmail.com", "n" + std::to_string(i), 10s) + "]") == 204);
  filter = {};
  filter.of = "C@gmail.com";
  filter.max = 7;
  const auto some = nlohmann::json::parse(foundEventsJson(filter, events().query().find(filter)));
  CHECK(some["events"].size() == 7);
  CHECK(some["complete"] == false);

  http::ServerRequest asked;
  CHECK_FALSE(readEventFilter(asked, clock.now()));  // everything is not a question
  asked.query = "event=exploded";
  CHECK_FALSE(readEventFilter(asked, clock.now()));
  asked.query = "from=yesterday";
  CHECK_FALSE(readEventFilter(asked, clock.now()));
  asked.query = "from=2h&group=docomo";
  REQUIRE(readEventFilter(asked, clock.now()));
  CHECK((*readEventFilter(asked, clock.now())->from == clock.now() - 2h));
}

TEST_CASE_METHOD(Fixture, "the oldest events go when there are more than may be kept") {
  config.eventStream.maxBytes = 4000;
  config.eventStream.keep = 100h;
  reload();
  for (int i = 0; i < 40; ++i)
    CHECK(post("[" + event("delivered", "a@b.jp", "m" + std::to_string(i), 1s) + "]") == 204);
  clock.advance(2min);
  events().tick();
  store::EventsTable::Size size;
  REQUIRE(database().read([&] { size = store::EventsTable(database()).size(); }));
  CHECK(size.bytes <= 4000);
  CHECK(size.events > 10);
  const auto left = nlohmann::json::parse(trace("a@b.jp"))["events"];
  CHECK(static_cast<std::int64_t>(left.size()) == size.events);
  CHECK(left.back()["message_id"] == "m39");
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 40"));
}

TEST_CASE_METHOD(
    Fixture, "with OAuth a token is asked for, handed out for the secret, and no longer good after an hour") {
  config.accounts[0].events->oauth = config::EventOauth{"sendgrid", {Secret("s3cret"), "x"}};
  reload();
  const auto batch = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  CHECK(post(batch) == 401);
  const auto ask = [&](const std::string& form) {
    auto wanted = request(form, "/events/main/token");
    http::Client client(io.get_executor(), clock, {});
    auto answer = runTask(io, client.send(std::move(wanted)));
    client.closeIdle();
    REQUIRE(answer.ok());
    return *answer;
  };
  CHECK(ask("grant_type=client_credentials&client_id=sendgrid&client_secret=wrong").status == 401);
  CHECK(ask("grant_type=password&client_id=sendgrid&client_secret=s3cret").status == 400);
  const auto given = ask("grant_type=client_credentials&client_id=sendgrid&client_secret=s3cret");
  REQUIRE(given.status == 200);
  const auto token = nlohmann::json::parse(given.body)["access_token"].get<std::string>();
  CHECK(token.find("s3cret") == std::string::npos);
  auto good = request(batch);
  good.headers.add("Authorization", "Bearer " + token);
  CHECK(send(good) == 204);
  auto tampered = request(batch);
  auto other = token;
  other.back() = other.back() == '0' ? '1' : '0';
  tampered.headers.add("Authorization", "Bearer " + other);
  CHECK(send(tampered) == 401);
  restart();  // nothing has to be remembered
  good.url = request(batch).url;
  CHECK(send(good) == 204);
  clock.advance(61min);
  CHECK(send(good) == 401);
}

TEST_CASE_METHOD(Fixture,
                 "batches are kept for others as they came, and handed over in order until each is taken") {
  config.eventStream.forward.push_back(
      {"archive", {Secret("http://user:pass@127.0.0.1:9/in"), "x"}, {}, 24h, 1 << 20});
  config.eventStream.forward.push_back(
      {"elsewhere", {Secret("http://127.0.0.1:9/in"), "x"}, {"other"}, 24h, 1 << 20});
  reload();
  const auto first = "[" + event("delivered", "a@b.jp", "m1", 1s) + "]\r\n", second = std::string("rubbish");
  CHECK(post(first) == 204);
  CHECK(post(second) == 204);
  store::ForwardsTable table(database());
  REQUIRE(database().read([&] {
    CHECK(table.depth("archive").batches == 2);
    CHECK(table.depth("elsewhere").batches == 0);
  }));

  FakeTransport transport;
  int refusals = 3;
  std::vector<http::Request> taken;
  transport.always(FakeTransport::asked("POST", "/in"), [&](const http::Request& asked) {
    if (refusals-- > 0) return FakeTransport::reply(503);
    taken.push_back(asked);
    return FakeTransport::reply(200);
  });
  Random random = [] { return 0.5; };
  RunningTask running(io, forwardEvents(memory->owners, transport, random, config.eventStream.forward[0]));
  for (int i = 0; i < 200 && taken.size() < 2; ++i) {
    drain(io);
    clock.advance(1s);
    drain(io);
  }
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].body == first);
  CHECK(taken[1].body == second);
  CHECK(taken[0].url == "http://127.0.0.1:9/in");
  CHECK(taken[0].headers.find("Authorization") == "Basic " + http::base64("user:pass"));
  const auto signature = taken[0].headers.find(sendgrid::kSignatureHeader);
  const auto stamp = taken[0].headers.find(sendgrid::kTimestampHeader);
  REQUIRE((signature && stamp));
  // So that who gets it can verify it.
  CHECK(sendgrid::EventKey::parse(signer().publicKey())->verifies(*signature, *stamp, first));
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"forwarded\",target=\"archive\"} 2"));
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"retried\",target=\"archive\"} 3"));
  running.cancel();
  drain(io);
}

TEST_CASE("what is wrong with the settings at the provider is named") {
  config::AccountEvents wanted{{"KEY"}, false, "", {}, {}, "https://user:pw@mail.example.jp/events/main"};
  sendgrid::EventWebhookSettings good{"7",
                                      "https://mail.example.jp/events/main",
                                      true,
                                      {"bounce", "deferred", "delivered", "dropped", "processed"}};
  CHECK(wrongSettings(wanted, {}, {}) == "missing");
  CHECK(wrongSettings(wanted, {good}, "KEY").empty());
  CHECK(wrongSettings(wanted, {good}, "OTHER") == "key");
  CHECK(wrongSettings(wanted, {good}, "") == "signature");
  auto off = good;
  off.enabled = false;
  off.events = {"bounce", "delivered", "dropped", "processed"};
  CHECK(wrongSettings(wanted, {off}, "KEY") == "disabled,deferred");
  // Of two that post here the one that is on counts.
  CHECK(wrongSettings(wanted, {off, good}, "KEY").empty());
  auto elsewhere = good;
  elsewhere.url = "https://mail.example.jp/events/other";
  CHECK(wrongSettings(wanted, {elsewhere}, "KEY") == "missing");
}

TEST_CASE_METHOD(Fixture, "a closed day is compared only where both sources watched the whole of it") {
  config.accounts[0].zone = TimeZone();
  const auto midnight = TimeZone().startOf(TimeZone().dateOf(clock.now()) + std::chrono::days(1));
  const auto until = [&](Instant at) {
    while (clock.now() < at) {
      clock.advance(std::min<Duration>(at - clock.now(), 10min));
      if (clock.now() < at)
        CHECK(post("[" + event("processed", "a@b.jp", toIso(clock.now()), 1s) + "]") == 204);
      events().tick();
    }
  };
  const auto read = [&](std::int64_t yesterday) {
    const auto today = TimeZone().dateOf(clock.now());
    delivery::Read read{
        {"main", delivery::Dimension::account}, clock.now(), today - std::chrono::days(1), today, {}, true};
    delivery::SubjectTotals totals{kAccount, {{read.firstDay, {}}, {today, {}}}};
    totals.days[0].counts[delivery::Metric::processed] = yesterday;
    read.totals.push_back(totals);
    REQUIRE(memory->owners.statistics().apply(read));
  };
  clock.advance(5h);
  events().tick();
  until(midnight + 7h);
  read(100);
  CHECK_FALSE(closedDay(memory->owners.statistics(), events().counts(), config.accounts[0],
                        clock.now()));  // the stream saw only its end
  until(midnight + 24h + 7h);
  read(150);
  const auto compared =
      closedDay(memory->owners.statistics(), events().counts(), config.accounts[0], clock.now());
  REQUIRE(compared);
  CHECK(compared->day == TimeZone().dateOf(midnight));
  CHECK(compared->statistics[delivery::Metric::processed] == 150);
  CHECK(compared->events[delivery::Metric::processed] == 143);  // one in ten minutes, but at its end
}

TEST_CASE_METHOD(
    Fixture,
    "what the provider does to the account is known, in whatever order it is told, and over a restart") {
  const auto change = [&](const std::string& type, Duration ago) {
    return "[{\"event\":\"account_status_change\",\"sg_event_id\":\"" + type + "\",\"type\":\"" + type +
           "\",\"timestamp\":" + std::to_string(unixSeconds(clock.now() - ago)) + "}]";
  };
  CHECK(post(change("compliance_suspend", 60s)) == 204);
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  restart();
  CHECK(events().status().accountStatus("main") == "compliance_suspend");
  CHECK(post(change("reactivate", 10s)) == 204);
  CHECK(post(change("compliance_deactivate", 30s)) == 204);  // told late
  CHECK(events().status().accountStatus("main").empty());
}

TEST_CASE_METHOD(Fixture, "an account that is added by a reload leaves what others have counted as it is") {
  CHECK(post("[" + event("processed", "a@b.jp", "m0", 1s) + "]") == 204);
  events().tick();
  clock.advance(1min);
  CHECK(post("[" + event("processed", "a@b.jp", "m1", 30s) + "," + event("delivered", "a@b.jp", "m1", 1s) +
             "]") == 204);
  auto second = config.accounts[0];
  second.name = "second";
  config.accounts.push_back(second);
  reload();
  events().tick();
  clock.advance(1min);
  events().tick();
  CHECK(deliveredIn(events(), kAccount, 10min, clock.now()) == 1);
}

TEST_CASE_METHOD(Fixture,
                 "of one recipient domain at most so many failures a minute count, where a rule says so") {
  rules::RateThreshold kind;
  kind.windows = {10min, 30min};
  kind.warning = rules::BadShare(0.05);
  config.rules.emplace_back().name = "uncapped";
  config.rules.back().kind = kind;
  config.rules.back().scope.dimensions = {delivery::Dimension::account, delivery::Dimension::domainGroup};
  kind.cap = rules::ClusterCap{3};
  config.rules.push_back(config.rules.back());
  config.rules.back().name = "capped";
  config.rules.back().kind = kind;
  reload();
  std::set<std::string> fired;
  // Of other messages, or they would be taken for the same events again.
  auto next = [number = 0]() mutable { return "capped" + std::to_string(++number); };
  auto minute = [&](int failures, const std::string& domain) {
    std::string batch = "[" + event("open", "a@ok.example", next(), 20s);
    for (int i = 0; i < 20; ++i) batch += "," + event("delivered", "a@ok.example", next(), 20s);
    for (int i = 0; i < failures; ++i)
      batch += "," + event("bounce", "a@" + (domain.empty() ? std::to_string(i) + ".example" : domain),
                           next(), 20s, ",\"reason\":\"550 5.1.1 no such user\"");
    REQUIRE(post(batch + "]") == 204);
    for (int half = 0; half < 2; ++half) {
      clock.advance(30s);
      REQUIRE(evaluateRules(memory->owners, config));
      for (const auto& alert : memory->owners.alerts().all())
        if (active(alert.state)) fired.insert(alert.key.rule);
      if (half == 0) events().tick();
    }
  };
  for (int i = 0; i < 32; ++i) minute(0, "");
  REQUIRE(fired.empty());
  SECTION("one dead domain is no outage, from its minute until it has left every window") {
    minute(100, "dead.example");
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("nor after a restart") {
    minute(100, "dead.example");
    minute(0, "");
    restart();
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("nor after the wall clock was set back") {
    minute(100, "dead.example");
    minute(0, "");
    clock.step(-2h);
    for (int i = 0; i < 40; ++i) minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped"});
  }
  SECTION("failures at many domains are one") {
    minute(100, "");
    minute(0, "");
    CHECK(fired == std::set<std::string>{"uncapped", "capped"});
  }
}
