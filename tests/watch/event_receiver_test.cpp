// What the receiver answers, and what it keeps of a batch.
#include "watch/event_receiver.hpp"

#include <catch2/catch.hpp>

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

TEST_CASE_METHOD(StreamFixture, "a large batch that cannot be told apart is refused as a whole") {
  const std::string event = one("delivered", "a@b.jp", "m", 1s);
  CHECK(post("[" + event.substr(1, event.size() - 2) + ",\"" + std::string(600'000, 'x') + "\"") == 400);
  CHECK_FALSE(mentions("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
}

TEST_CASE_METHOD(StreamFixture, "where addresses are hashed, malformed events are stored without them, too") {
  config.eventStream.hashAddresses = true;
  reload();
  CHECK(post("[{\"email\":\"taro@b.jp\"},\"jiro\\u0040b.jp\"]") == 204);
  const auto shown = malformedEventsJson(events().query().malformed(10));
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
