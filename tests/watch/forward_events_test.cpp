// Handing batches on to other consumers.
#include "watch/forward_events.hpp"

#include <catch2/catch.hpp>

#include "http/url.hpp"
#include "runtime/wakeup.hpp"
#include "support/fake_transport.hpp"
#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

/// One target that takes what the script lets it take.
struct Fixture : StreamFixture {
  FakeTransport transport;
  Random random = [] { return 0.5; };
  std::vector<std::string> taken;
  unsigned answer = 200;
  std::optional<RunningTask> running;

  Fixture() {
    config.eventStream.forward.push_back(
        {"archive", {Secret("http://127.0.0.1:9/in"), "x"}, {}, 24h, 1 << 20});
    reload();
    transport.always(FakeTransport::asked("POST", "/in"), [this](const http::Request& asked) {
      if (answer == 200) taken.push_back(asked.body);
      return FakeTransport::reply(answer);
    });
  }
  ~Fixture() { stop(); }
  config::Forward& target() { return config.eventStream.forward[0]; }
  void run() {
    reload();
    running.emplace(io, forwardEvents(owners(), transport, random, target()));
    drain(io);
  }
  void stop() {
    if (!running) return;
    running->cancel();
    CHECK(pumpUntil(io, [&] { return running->ended(); }));
    running.reset();
  }
  void pass(Duration span, Duration step = 1s) {
    for (Duration gone{}; gone < span; gone += step) {
      clock.advance(step);
      drain(io);
    }
  }
  std::string batch(const std::string& message) { return one("delivered", "a@b.jp", message, 1s); }
  std::int64_t waiting() { return owners().events().forwards().depth("archive").batches; }
  bool counted(const std::string& outcome, int batches) {
    return exposes("arrivald_forward_batches_total{outcome=\"" + outcome + "\",target=\"archive\"} " +
                   std::to_string(batches));
  }
};

}  // namespace

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
  CHECK(events().forwards().depth("archive").batches == 2);
  CHECK(events().forwards().depth("elsewhere").batches == 0);

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
  CHECK(pumpUntil(io, [&] { return running.ended(); }));
  CHECK(events().forwards().depth("archive").batches == 0);
}

namespace {

/// A target that answers when the test says so.
class HeldTransport final : public http::Transport {
 public:
  runtime::Task<Result<http::Response, http::Failure>> send(http::Request request) override {
    asked.push_back(std::move(request));
    while (!open) co_await changed.wait(clock_, 24h);
    http::Response response;
    response.status = status;
    co_return response;
  }
  explicit HeldTransport(Clock& clock) : clock_(clock) {}

  std::vector<http::Request> asked;
  bool open = false;
  unsigned status = 200;
  runtime::Wakeup changed;

 private:
  Clock& clock_;
};

}  // namespace

TEST_CASE_METHOD(StreamFixture, "several batches are in flight at once, in the order in which they came") {
  config.eventStream.forward.push_back({"archive", {Secret("http://127.0.0.1:9/in"), "x"}, {}, 24h, 1 << 20});
  reload();
  for (int i = 0; i < 20; ++i) CHECK(post("[" + std::to_string(i) + "]") == 204);
  HeldTransport transport(clock);
  Random random = [] { return 0.5; };
  RunningTask running(io, forwardEvents(owners(), transport, random, config.eventStream.forward[0]));
  REQUIRE(pumpUntil(io, [&] { return transport.asked.size() == 8; }));
  drain(io);
  REQUIRE(transport.asked.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(transport.asked[i].body == "[" + std::to_string(i) + "]");
  transport.open = true;
  transport.changed.wake();
  REQUIRE(pumpUntil(io, [&] {
    clock.advance(10ms);
    return events().forwards().depth("archive").batches == 0;
  }));
  CHECK(transport.asked.size() == 20);
  running.cancel();
  CHECK(pumpUntil(io, [&] { return running.ended(); }));
}

TEST_CASE_METHOD(StreamFixture,
                 "a target that passes events on to this arrivald is told, and is no endless loop") {
  config.eventStream.forward.push_back(
      {"itself", {Secret("http://127.0.0.1:9/events/main"), "x"}, {}, 24h, 1 << 20});
  reload();
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 204);
  FakeTransport transport;
  int came = 0;
  transport.always(FakeTransport::asked("POST", "/events/main"), [&](const http::Request& asked) {
    ++came;
    http::ServerRequest header;
    header.method = "POST";
    header.path = "/events/main";
    header.headers = asked.headers;
    const auto refusal = events().receiver().admit(header);
    return FakeTransport::reply(refusal ? refusal->status : 204);
  });
  Random random = [] { return 0.5; };
  const LoggedLines log;
  RunningTask running(io, forwardEvents(owners(), transport, random, config.eventStream.forward[0]));
  REQUIRE(pumpUntil(io, [&] { return events().forwards().depth("itself").batches == 0; }));
  CHECK(came == 1);
  CHECK(log.count("correct event_stream.forward") == 1);
  CHECK(exposes("arrivald_forward_batches_total{outcome=\"discarded\",target=\"itself\"} 1"));
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"own_batch\"} 1"));
  running.cancel();
  CHECK(pumpUntil(io, [&] { return running.ended(); }));
}

TEST_CASE_METHOD(Fixture,
                 "a batch that is not taken within retry_for is discarded, and the next has its turn") {
  target().retryFor = 1h;
  answer = 503;
  run();
  const LoggedLines log;
  const auto first = batch("m1");
  CHECK(post(first) == 204);
  pass(50min, 1min);
  CHECK(log.count("could not be forwarded: it answers 503; trying again for up to 1h") == 1);
  const auto second = batch("m2");
  CHECK(post(second) == 204);
  pass(9min, 1min);
  CHECK(waiting() == 2);
  CHECK_FALSE(counted("discarded", 1));
  pass(10min, 1min);
  CHECK(waiting() == 1);
  CHECK(counted("discarded", 1));
  CHECK(log.count("error batches of events are not forwarded any more") == 1);
  CHECK(log.count("retry_for") == 1);
  CHECK(log.count("target=archive") >= 2);
  answer = 200;
  pass(10min, 1min);
  CHECK(taken == std::vector<std::string>{second});
  CHECK(log.count("forwarded again") == 1);
  CHECK(waiting() == 0);
}

TEST_CASE_METHOD(Fixture, "beyond max_bytes the oldest batches are discarded until the rest fits") {
  std::vector<std::string> batches;
  for (int i = 0; i < 4; ++i) batches.push_back(batch("m" + std::to_string(i)));
  const LoggedLines log;
  CHECK(post(batches[0]) == 204);
  target().maxBytes = static_cast<std::size_t>(owners().events().forwards().depth("archive").bytes) * 5 / 2;
  reload();
  for (std::size_t i = 1; i < batches.size(); ++i) CHECK(post(batches[i]) == 204);
  run();
  pass(10s);
  CHECK(taken == std::vector<std::string>{batches[2], batches[3]});
  CHECK(counted("discarded", 2));
  CHECK(counted("forwarded", 2));
  CHECK(log.count("max_bytes") == 1);  // one line for both
}

TEST_CASE_METHOD(Fixture, "while the queue cannot be read nothing is lost; it goes on when it can") {
  const auto only = batch("m1");
  CHECK(post(only) == 204);
  execute("ALTER TABLE forward_batches RENAME TO away");
  const LoggedLines log;
  run();
  pass(30s);
  CHECK(log.count("cannot be read") >= 1);
  CHECK(taken.empty());
  execute("ALTER TABLE away RENAME TO forward_batches");
  pass(2min);
  CHECK(taken == std::vector<std::string>{only});
  CHECK(waiting() == 0);
}

TEST_CASE_METHOD(Fixture,
                 "a batch that was taken and cannot be removed is not sent again, and the log says so") {
  const auto only = batch("m1");
  CHECK(post(only) == 204);
  execute("CREATE TRIGGER stays BEFORE DELETE ON forward_batches BEGIN SELECT raise(ABORT, 'no'); END");
  const LoggedLines log;
  run();
  pass(30s);
  CHECK(taken.size() == 1);
  CHECK(log.count("cannot be removed") >= 1);
  execute("DROP TRIGGER stays");
  pass(2min);
  CHECK(taken == std::vector<std::string>{only});
  CHECK(waiting() == 0);
}

TEST_CASE_METHOD(Fixture, "a batch that is to be discarded and cannot be removed is discarded once") {
  target().retryFor = 1h;
  CHECK(post(batch("m1")) == 204);
  clock.advance(2h);
  execute("CREATE TRIGGER stays BEFORE DELETE ON forward_batches BEGIN SELECT raise(ABORT, 'no'); END");
  const LoggedLines log;
  run();
  pass(150s);
  CHECK(log.count("are not forwarded any more") == 0);
  CHECK(log.count("cannot be removed") >= 1);
  CHECK_FALSE(counted("discarded", 1));
  execute("DROP TRIGGER stays");
  pass(2min);
  CHECK(counted("discarded", 1));
  CHECK(log.count("are not forwarded any more") == 1);
  CHECK(taken.empty());
}

TEST_CASE_METHOD(Fixture,
                 "a cancellation ends it wherever it waits, and the batch goes after the next start") {
  const auto only = batch("m1");
  SECTION("for the answer") {
    transport.clear();
    transport.hang(FakeTransport::asked("POST", "/in"));
    CHECK(post(only) == 204);
    run();
    REQUIRE(transport.requests().size() == 1);
  }
  SECTION("for the next attempt") {
    answer = 503;
    CHECK(post(only) == 204);
    run();
  }
  SECTION("for a batch") { run(); }
  const LoggedLines log;
  stop();
  CHECK(log.text().empty());
  if (waiting() == 0) CHECK(post(only) == 204);
  transport.clear();
  transport.always(FakeTransport::asked("POST", "/in"), [this](const http::Request& asked) {
    taken.push_back(asked.body);
    return FakeTransport::reply(200);
  });
  restart();
  run();
  pass(10s);
  CHECK(taken == std::vector<std::string>{only});
}

TEST_CASE_METHOD(Fixture,
                 "an answer that comes with the cancellation counts: what was taken does not go again") {
  transport.clear();
  transport.always(FakeTransport::asked("POST", "/in"), [this](const http::Request& asked) {
    taken.push_back(asked.body);
    running->cancel();
    return FakeTransport::reply(200);
  });
  run();
  CHECK(post(batch("m1")) == 204);
  CHECK(pumpUntil(io, [&] { return running->ended(); }));
  CHECK(taken.size() == 1);
  CHECK(waiting() == 0);
}

TEST_CASE_METHOD(Fixture, "a clock that is set forward makes no batch older, whoever notices it first") {
  target().retryFor = 1h;
  answer = 503;
  CHECK(post(batch("m1")) == 204);
  run();
  clock.step(3h);
  pass(10min, 1min);
  CHECK(waiting() == 1);
  CHECK_FALSE(counted("discarded", 1));
}

TEST_CASE_METHOD(Fixture, "a step of the clock that could not be stored makes no batch older than it is") {
  target().retryFor = 1h;
  answer = 503;
  run();
  CHECK(post(batch("m1")) == 204);
  execute("ALTER TABLE meta RENAME TO away");
  clock.step(3h);
  owners().noticeClockStep();
  execute("ALTER TABLE away RENAME TO meta");
  owners().noticeClockStep();
  pass(10min, 1min);
  CHECK(waiting() == 1);
  CHECK_FALSE(counted("discarded", 1));
}
