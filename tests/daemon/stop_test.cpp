// How a daemon ends: every task, every listener, also while something else is under way.
#include <catch2/catch.hpp>

#include "daemon/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : DaemonFixture {
  Fixture() { yaml = streaming("", ports("0", "0")); }
  void stop() { runTask(io, daemon->stop()); }
  bool answers(std::uint16_t port) {
    http::Request request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + "/healthz";
    http::Client client(io.get_executor(), networkClock, {});
    const auto answer = runTask(io, client.send(std::move(request)));
    client.closeIdle();
    return answer.ok();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "after a stop nobody listens, nothing is asked, and the loop has nothing left to do") {
  REQUIRE(start());
  drain(io);
  const auto port = daemon->port();
  REQUIRE(answers(port));
  stop();
  const auto asked = provider.requests().size();
  clock.advance(10min);
  drain(io);
  CHECK(provider.requests().size() == asked);
  CHECK_FALSE(answers(port));
  if (io.stopped()) io.restart();
  io.run_for(10s);
  CHECK(io.stopped());
  stop();  // once more is no harm
}

TEST_CASE_METHOD(Fixture, "a stop gives up what is being asked of SendGrid") {
  provider.clear();
  provider.hang(FakeTransport::asked("GET", "/v3/stats?"));
  provider.always(FakeTransport::asked("GET", "/v3/"), FakeTransport::reply(200, "[]"));
  REQUIRE(start());
  drain(io);
  REQUIRE(daemon->owners().jobs().at("main", watch::JobKind::statistics)->running);
  stop();
  CHECK_FALSE(daemon->owners().jobs().at("main", watch::JobKind::statistics)->running);
}

TEST_CASE_METHOD(Fixture,
                 "a batch that is being stored when the stop comes is answered and there after a restart") {
  REQUIRE(start());
  drain(io);
  CHECK(post(delivered("m1")) == 204);
  stop();
  daemon.reset();
  REQUIRE(start());
  drain(io);
  CHECK_THAT(metrics(), Catch::Contains("arrivald_events_total{account=\"main\",event=\"delivered\"} 1"));
}

TEST_CASE_METHOD(Fixture,
                 "a stop that comes during a reload ends both; nothing of the new configuration starts") {
  REQUIRE(start());
  drain(io);
  yaml = streaming("", "language: en\n" + ports("0", "0"));
  std::optional<Done> reloaded;
  const RunningTask reloading(io, storeInto(reloaded, daemon->reload()));
  const RunningTask stopping(io, daemon->stop());
  REQUIRE(pumpUntil(io, [&] { return stopping.ended() && reloading.ended(); }));
  stopping.check();
  REQUIRE(reloaded);
  CHECK_FALSE(reloaded->ok());
  const auto asked = provider.requests().size();
  clock.advance(10min);
  drain(io);
  CHECK(provider.requests().size() == asked);
  CHECK_FALSE(daemon->owners().jobs().at("main", watch::JobKind::statistics)->running);
}

TEST_CASE_METHOD(Fixture, "a reload after the stop is refused") {
  REQUIRE(start());
  drain(io);
  stop();
  CHECK(reload().error().kind == Error::Kind::unavailable);
}
