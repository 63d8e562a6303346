// Handing batches on to other consumers.
#include "watch/forward_events.hpp"

#include <catch2/catch.hpp>

#include "http/url.hpp"
#include "support/fake_transport.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture,
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
  RunningTask running(io, forwardEvents(owners(), transport, random, config.eventStream.forward[0]));
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
  CHECK(sendgrid::EventKey::parse(eventSigner().publicKey())->verifies(*signature, *stamp, first));
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"forwarded\",target=\"archive\"} 2"));
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"retried\",target=\"archive\"} 3"));
  running.cancel();
  drain(io);
}
