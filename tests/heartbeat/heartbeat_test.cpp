#include "heartbeat/heartbeat.hpp"

#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::heartbeat;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();

Round round(std::optional<Duration> ago, Duration every = 1min, std::string failure = "") {
  Round made{"main statistics", std::nullopt, every, std::move(failure)};
  if (ago) made.succeeded = kNow - *ago;
  return made;
}

std::string reason(std::vector<Round> rounds) {
  const auto health = healthOf(rounds, kNow);
  CHECK(health.healthy == health.reason.empty());
  return health.reason;
}

}  // namespace

TEST_CASE("a watch is healthy while every round succeeds in time") {
  CHECK(reason({round(0ms)}).empty());
  CHECK(reason({round(30s), round(50min, 1h)}).empty());
  CHECK(reason({round(4min)}).empty());  // three periods and a minute
}

TEST_CASE("a watch that is not healthy gives the reason") {
  CHECK(reason({}) == "nothing is polled");
  CHECK(reason({round(std::nullopt)}) == "main statistics has not succeeded yet");
  CHECK(reason({round(4min + 1s)}) == "main statistics last succeeded 241s ago, due every 1m");
  CHECK(reason({round(0ms), round(14min)}) == "main statistics last succeeded 14m ago, due every 1m");
  CHECK(reason({round(10s, 1min, "throttled")}) == "main statistics fails: throttled");
  CHECK(reason({round(-1s)}) == "main statistics has not succeeded since the clock was set back");
}

TEST_CASE("a ping is one request by the method that was asked for") {
  FakeTransport transport;
  transport.always(FakeTransport::asked("GET", "https://beat.example/abc"), FakeTransport::reply(200, "OK"));
  transport.always(FakeTransport::asked("POST", "https://beat.example/abc"), FakeTransport::reply(202));
  Pinger get(transport, Secret("https://beat.example/abc"), Method::get);
  CHECK(runTask(get.ping()).ok());
  Pinger post(transport, Secret("https://beat.example/abc"), Method::post);
  CHECK(runTask(post.ping()).ok());
  CHECK(transport.requests().size() == 2);
  CHECK(transport.unexpected().empty());
}

TEST_CASE("a failed ping is reported without its URL") {
  struct Case {
    FakeTransport::Answer answer;
    Error::Kind kind;
    std::string text;
  };
  const std::vector<Case> cases = {
      {FakeTransport::reply(404), Error::Kind::notFound,
       "heartbeat: beat.example answered 404; check the heartbeat's URL"},
      {FakeTransport::reply(302), Error::Kind::redirected,
       "heartbeat: beat.example answered 302; check the heartbeat's URL"},
      {FakeTransport::reply(429), Error::Kind::throttled,
       "heartbeat: beat.example answered 429; ping less often"},
      {FakeTransport::reply(503), Error::Kind::serverError, "heartbeat: beat.example answered 503"},
      {FakeTransport::fail(http::Failure::Kind::timedOut, "beat.example:443: timed out"),
       Error::Kind::timedOut, "heartbeat: beat.example:443: timed out"},
      {FakeTransport::fail(http::Failure::Kind::dns, "x"), Error::Kind::unreachable, "heartbeat: x"},
      {FakeTransport::fail(http::Failure::Kind::invalidUrl, "x"), Error::Kind::invalid, "heartbeat: x"},
      {FakeTransport::fail(http::Failure::Kind::cancelled, "x"), Error::Kind::cancelled, "heartbeat: x"},
  };
  for (const auto& each : cases) {
    FakeTransport transport;
    transport.once(FakeTransport::asked("GET", ""), each.answer);
    Pinger pinger(transport, Secret("https://user:pass@beat.example/secret-path"), Method::get);
    const auto outcome = runTask(pinger.ping());
    REQUIRE_FALSE(outcome.ok());
    CHECK(outcome.error().kind == each.kind);
    CHECK(outcome.error().text == each.text);
    CHECK(outcome.error().party != Party::provider);
  }
}

TEST_CASE("a ping that is cancelled while in progress reports it") {
  FakeTransport transport;
  transport.hang(FakeTransport::asked("GET", ""));
  Pinger pinger(transport, Secret("https://beat.example/abc"), Method::get);
  boost::asio::io_context io;
  std::optional<Done> outcome;
  RunningTask running(io, storeInto(outcome, pinger.ping()));
  drain(io);
  REQUIRE_FALSE(running.ended());
  running.cancel();
  REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
  REQUIRE(outcome.has_value());
  CHECK(outcome->error().kind == Error::Kind::cancelled);
}
