// What the receiver answers, and what it keeps of a batch.
#include "watch/event_receiver.hpp"

#include <catch2/catch.hpp>

#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture, "what is not signed by a known key is refused and leaves nothing behind") {
  const auto body = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  auto tampered = signedBatch(body);
  tampered.body[5] ^= 1;
  CHECK(send(tampered) == 401);
  auto bare = signedBatch(body);
  bare.headers = {};
  CHECK(send(bare) == 401);
  auto elsewhere = signedBatch(body, "/events/other");
  CHECK(send(elsewhere) == 401);
  CHECK(memory->registry.expose().find("arrivald_events_total{") == std::string::npos);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"bad_signature\"} 1"));
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"no_signature\"} 1"));
  CHECK(post(body) == 204);
}

TEST_CASE_METHOD(
    StreamFixture,
    "malformed events are kept as they came and the others counted; the provider's own test counts nothing") {
  CHECK(post("[7,{\"email\":\"x\"}," + event("delivered", "a@b.jp", "m", 1s) + "]") == 204);
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 2"));
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  CHECK(events().status().find("main")->malformed == 2);
  CHECK(post("not json at all") == 204);
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 13"));  // the body counts for eleven
  CHECK(post("[{\"email\":\"example@test.com\",\"timestamp\":1700000000,\"event\":\"delivered\"}]") == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
  std::vector<store::MalformedEvent> malformed;
  REQUIRE(database().read([&] { malformed = store::EventsTable(database()).latestMalformed(10); }));
  REQUIRE(malformed.size() == 3);
  CHECK(malformed[0].raw == "not json at all");
  CHECK(malformed[2].raw == "7");
}

TEST_CASE_METHOD(StreamFixture,
                 "only POST is taken, only for accounts with a stream, and each answer says so") {
  auto asked = signedBatch("[]");
  asked.method = "GET";
  const auto answer = answerTo(asked);
  CHECK(answer.status == 405);
  CHECK(answer.headers.find("Allow") == "POST");
  CHECK(answerTo(signedBatch("[]", "/events/")).status == 401);
  CHECK_THAT(answerTo(signedBatch("[]", "/")).body, Catch::Contains("/events/ACCOUNT"));
  CHECK(answerTo(signedBatch("[]", "/elsewhere")).status == 404);
  CHECK(answerTo(signedBatch(one("delivered", "a@b.jp", "m", 1s), "/events/main/")).status == 204);
  CHECK(exposes("arrivald_event_batches_total{account=\"\",outcome=\"unknown_account\"} 3"));
}

TEST_CASE_METHOD(StreamFixture,
                 "a genuine batch shows that the stream lives, one of test events also that it was tried") {
  CHECK_FALSE(events().status().find("main")->lastBatch);
  CHECK(post("[{\"email\":\"example@test.com\",\"timestamp\":1700000000,\"event\":\"delivered\"}]") == 204);
  CHECK(events().status().find("main")->lastBatch == clock.now());
  CHECK(events().status().find("main")->lastTest == clock.now());
  clock.advance(1min);
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  CHECK(events().status().find("main")->lastBatch == clock.now());
  CHECK(events().status().find("main")->lastTest == clock.now() - 1min);
}

TEST_CASE_METHOD(StreamFixture, "a batch that the store refuses is to be sent again, in half a minute") {
  execute("ALTER TABLE event_batches RENAME TO away");
  const auto answer = answerTo(signedBatch(one("delivered", "a@b.jp", "m", 1s)));
  CHECK(answer.status == 503);
  CHECK(answer.headers.find("Retry-After") == "30");
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"not_stored\"} 1"));
}

TEST_CASE_METHOD(StreamFixture,
                 "a large batch is stored in parts, each event once, and its malformed events are counted") {
  std::string body = "[";
  for (int i = 0; i < 4000; ++i)
    body += event("delivered", "a" + std::to_string(i) + "@b.jp", "m" + std::to_string(i), 1s) + ",7,";
  body += "7]";
  REQUIRE(body.size() > (std::size_t{256} << 10));
  CHECK(post(body) == 204);
  CHECK(post(body) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 4000"));
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 8002"));
  std::vector<store::MalformedEvent> malformed;
  REQUIRE(database().read([&] { malformed = store::EventsTable(database()).latestMalformed(1000); }));
  CHECK(malformed.size() == 2 * sendgrid::EventBatch::kMaxMalformed);
}

TEST_CASE_METHOD(StreamFixture,
                 "a large sequence of objects and arrays is stored in parts, each event once") {
  std::string body;
  for (int i = 0; i < 10'000; ++i)
    body += (i % 100 == 0 ? "[" : "") + event("delivered", "a" + std::to_string(i) + "@b.jp", "m", 1s) +
            (i % 100 == 99 ? "]\n"
             : i % 2 == 0  ? ","
                           : "");
  body += "xx";
  REQUIRE(body.size() > store::EventsTable::kMaxMalformedBytes);
  CHECK(post(body) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"delivered\"} 10000"));
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "a large batch that cannot be told apart is refused as a whole") {
  const std::string event = one("delivered", "a@b.jp", "m", 1s);
  CHECK(post("[" + event.substr(1, event.size() - 2) + ",\"" + std::string(1'100'000, 'x') + "\"") == 400);
  CHECK_FALSE(mentions("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "where addresses are hashed, malformed events are stored without them, too") {
  config.eventStream.hashAddresses = true;
  reload();
  CHECK(post("[{\"email\":\"taro@b.jp\"},\"jiro\\u0040b.jp\"]") == 204);
  const auto shown = malformedEventsJson(events().query().malformed(10), Language::english);
  CHECK(shown.find("taro") == std::string::npos);
  CHECK(shown.find("jiro") == std::string::npos);
}

TEST_CASE_METHOD(StreamFixture, "a request is judged by its header before its body is read") {
  const auto judged = [&](const Posted& posted) {
    http::ServerRequest header;
    header.method = posted.method;
    header.path = posted.path;
    header.headers = posted.headers;
    const auto refusal = events().receiver().admit(header);
    return refusal ? refusal->status : 0U;
  };
  auto batch = signedBatch("[]");
  CHECK(judged(batch) == 0);
  CHECK(judged(signedBatch("[]", "/events/other")) == 401);
  CHECK(judged(signedBatch("[]", "/elsewhere")) == 404);
  batch.method = "PUT";
  CHECK(judged(batch) == 405);
  batch = signedBatch("[]");
  batch.headers.set(std::string(sendgrid::kSignatureHeader), std::string(5000, 'A'));
  CHECK(judged(batch) == 401);
  batch.headers = {};
  CHECK(judged(batch) == 401);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"no_signature\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "sound events count, whatever stands beside them in their batch") {
  std::string deep(1100, '[');
  deep.append(1100, ']');
  struct Beside {
    const char* what;
    std::string item;
    int sound;  // of the item itself
    int malformed;
  };
  const std::string begin = R"({"event":"delivered","email":"x@b.jp","sg_event_id":"odd","timestamp":)" +
                            std::to_string(unixSeconds(clock.now())) + ",";
  const auto beside = GENERATE_COPY(values<Beside>({
      {"25 digits", begin + R"("order":1234567890123456789012345})", 1, 0},
      {"1e400", begin + R"("order":1e400})", 1, 0},
      {"a lone surrogate", begin + R"("order":"\ud83d"})", 1, 0},
      {"a lone surrogate in a key", begin + R"("\ud83d":1})", 1, 0},
      {"deep nesting", begin + "\"order\":" + deep + "}", 1, 0},
      {"a NUL", begin + "\"order\":\"a" + std::string(1, '\0') + "b\"}", 1, 0},
      {"a line break in a string", begin + "\"order\":\"a\nb\"}", 1, 0},
      {"invalid UTF-8", begin + "\"order\":\"\xff\xfe\"}", 1, 0},
      {"duplicate keys", begin + R"("event":"bounce","event":7,"email":null})", 1, 0},
      {"any value", begin + R"("order":{"a":[null,true,{"event":"bounce"}]},"x":-0.0,"y":[]})", 1, 0},
      {"a number of its own", "7", 0, 1},
      {"a word of its own", "nul", 0, 1},
      {"a string without its end", begin + R"("order":"abc})", 0, 1},
      {"an object without its end", begin + R"("order":{"a":1})", 0, 1},
      {"one bracket too many", begin + R"("order":1]})", 0, 1},
  }));
  CAPTURE(beside.what);
  constexpr int kBefore = 40, kAfter = 60;
  std::string body = "[";
  for (int i = 0; i < kBefore; ++i) body += event("delivered", "a@b.jp", "m" + std::to_string(i), 1s) + ",";
  body += beside.item;
  for (int i = 0; i < kAfter; ++i) body += "," + event("delivered", "a@b.jp", "n" + std::to_string(i), 1s);
  body += "]";
  CHECK(post(body) == 204);
  std::int64_t counted = 0, malformed = 0;
  REQUIRE(database().read([&] {
    for (const auto& total : store::EventsTable(database()).totals()) counted += total.events;
    malformed = static_cast<std::int64_t>(store::EventsTable(database()).latestMalformed(100).size());
  }));
  CHECK(counted == kBefore + kAfter + beside.sound);
  CHECK(malformed == beside.malformed);
  CHECK(events().status().find("main")->malformed == beside.malformed);
}

TEST_CASE_METHOD(StreamFixture, "what cannot be read is shown in the log, once an hour with its number") {
  LoggedLines log;
  for (int i = 0; i < 5; ++i)
    CHECK(post("[7,8," + event("delivered", "a@b.jp", "m" + std::to_string(i), 1s) + "]") == 204);
  CHECK(log.count("events could not be read") == 1);
  clock.advance(61min);
  CHECK(post("[7]") == 204);
  CHECK(log.count("events could not be read") == 2);
  CHECK(log.count("events=11") == 1);
}

TEST_CASE_METHOD(StreamFixture,
                 "a body in which no event can be told apart is kept whole up to a limit, else refused") {
  const std::string some = "[{\"event\":\"" + std::string(store::EventsTable::kMaxMalformedBytes - 100, 'x');
  CHECK(post(some) == 204);
  std::vector<store::MalformedEvent> malformed;
  REQUIRE(database().read([&] { malformed = store::EventsTable(database()).latestMalformed(10); }));
  REQUIRE(malformed.size() == 1);
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 1497"));  // as many as it may hold
  CHECK(post(some + std::string(200, 'x')) == 400);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"unreadable\"} 1"));
}

TEST_CASE_METHOD(StreamFixture,
                 "one body in which no event can be told apart is reason enough for an alert") {
  CHECK(post("{\"events\":[" + event("delivered", "a@b.jp", "m", 1s) + "]}") == 204);
  CHECK(events().status().malformed("main", 1h, clock.now()) == 11);
  CHECK(post("") == 204);
  CHECK(events().status().find("main")->malformed == 11);
}

TEST_CASE_METHOD(StreamFixture, "what the listener refuses by its size is told by what is too large") {
  auto& receiver = events().receiver();
  receiver.refusedByListener("/events/main", 413);
  receiver.refusedByListener("/events/main", 431);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"too_large\"} 1"));
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"header_too_large\"} 1"));
  CHECK_THAT(std::string(RefusedBatches::remedy("header_too_large")), !Catch::Contains("max_body"));
}

TEST_CASE_METHOD(StreamFixture, "a stream whose batches the store refuses is not alive") {
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  const auto good = clock.now();
  execute("CREATE TRIGGER refuse BEFORE INSERT ON event_batches BEGIN SELECT RAISE(ABORT, 'full'); END");
  LoggedLines log;
  for (int minute = 0; minute < 15; ++minute) {
    clock.advance(1min);
    CHECK(post(one("delivered", "a@b.jp", "n" + std::to_string(minute), 1s)) == 503);
  }
  CHECK(events().status().find("main")->lastBatch == good);
  CHECK_FALSE(events().status().alive("main", clock.now()));
  CHECK(events().refused().since("main")->count == 15);
  CHECK(log.count("the store refuses what is written") == 1);
  execute("DROP TRIGGER refuse");
  CHECK(post(one("delivered", "a@b.jp", "n0", 1s)) == 204);
  CHECK(events().status().alive("main", clock.now()));
}

TEST_CASE_METHOD(StreamFixture, "an event that is dated ahead of all clocks is not counted as now") {
  CHECK(post("[" + event("bounce", "a@b.jp", "m1", -14min) + "," + event("bounce", "b@b.jp", "m2", -16min) +
             "," + event("bounce", "c@b.jp", "m3", -90min) + "," +
             event("bounce", "d@b.jp", "m4", -24h * 365) + "]") == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"bounce\"} 1"));
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 3"));
  CHECK(malformedEventsJson(events().query().malformed(10), Language::english).find("ahead") !=
        std::string::npos);
}

TEST_CASE_METHOD(StreamFixture,
                 "where our clock is behind, events are judged by the time at which they were sent") {
  const auto body =
      "[" + event("bounce", "a@b.jp", "m1", -40min) + "," + event("bounce", "b@b.jp", "m2", -60min) + "]";
  auto batch = signedBatch(body);
  const auto sent = std::to_string(unixSeconds(clock.now() + 40min));
  batch.headers.set(std::string(sendgrid::kTimestampHeader), sent);
  batch.headers.set(std::string(sendgrid::kSignatureHeader), eventSigner().sign(sent, body));
  CHECK(send(batch) == 204);
  CHECK(exposes("arrivald_events_total{account=\"main\",event=\"bounce\"} 1"));
  CHECK(exposes("arrivald_events_malformed_total{account=\"main\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "a message is processed once, whatever the second event's id and time are") {
  CHECK(post(one("processed", "a@b.jp", "m1", 10s)) == 204);
  CHECK(post(one("processed", "a@b.jp", "m1", 3s)) == 204);
  restart();
  CHECK(post(one("processed", "a@b.jp", "m1", 2s)) == 204);
  CHECK(post("[" + event("processed", "b@b.jp", "m1", 1s) + "," + event("processed", "a@b.jp", "m2", 1s) +
             "]") == 204);
  CHECK(post(one("deferred", "a@b.jp", "m1", 2s)) == 204);
  CHECK(post(one("deferred", "a@b.jp", "m1", 1s)) == 204);
  std::map<std::string, std::int64_t> counted;
  REQUIRE(database().read([&] {
    for (const auto& total : store::EventsTable(database()).totals()) counted[total.kind] = total.events;
  }));
  CHECK(counted == std::map<std::string, std::int64_t>{{"processed", 3}, {"deferred", 2}});
}
