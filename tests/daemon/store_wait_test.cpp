// While another process has the store nothing is watched, and everybody learns why; then arrivald goes on by
// itself.
#include "daemon/store_wait.hpp"

#include <algorithm>

#include "daemon/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Fixture : DaemonFixture {
  Fixture() {
    yaml = streaming("", ports("0", "0"));
    addSlack();
    environment = std::make_unique<DaemonEnvironment>(DaemonEnvironment{
        io, clock, networkClock, [] { return 0.5; }, statusLines, [this] { return load(); },
        [this](const config::Config&) { return std::make_unique<CountedTransport>(provider, transports); }});
    auto loaded = load();
    REQUIRE(loaded.config);
    wait = std::make_unique<StoreWait>(
        *environment, std::move(*loaded.config),
        Error{Error::Kind::locked, "another arrivald (process 4711) is using the store", Party::storage},
        [this] { return isFree; });
    REQUIRE(wait->listen());
    task = std::make_unique<RunningTask>(io, wait->run());
  }
  ~Fixture() {
    wait->end();
    for (int i = 0; i < 1000 && !task->ended(); ++i) drain(io);
    CHECK(task->ended());
    task->check();
  }
  void pass(Duration span) {
    drain(io);
    for (Duration done{}; done < span; done += 1s) {
      clock.advance(1s);
      drain(io);
    }
  }
  int posted(const std::string& part) const {
    return static_cast<int>(std::ranges::count_if(provider.requests(), [&](const auto& request) {
      return request.url.find("hooks.slack.com") != std::string::npos &&
             request.body.find(part) != std::string::npos;
    }));
  }
  unsigned postEvents() {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(wait->eventPort()) + "/events/main";
    request.body = delivered("m1");
    return send(std::move(request)).status;
  }

  bool isFree = false;
  std::unique_ptr<DaemonEnvironment> environment;
  std::unique_ptr<StoreWait> wait;
  std::unique_ptr<RunningTask> task;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "who waits for the store is alive, not ready, says why, and takes no events") {
  pass(10s);
  CHECK(ask(wait->port(), "/healthz").status == 200);
  const auto ready = ask(wait->port(), "/readyz");
  CHECK(ready.status == 503);
  CHECK_THAT(ready.body, Catch::Contains("another arrivald (process 4711)"));
  CHECK(ask(wait->port(), "/").status == 503);
  CHECK(postEvents() == 503);
}

TEST_CASE_METHOD(Fixture, "people are notified of a wait that lasts, again after hours, and of its end") {
  pass(110s);
  CHECK(posted("locked by another process") == 0);
  CHECK(wait->recovery().empty());
  pass(30s);
  CHECK(posted("locked by another process") == 1);
  CHECK(posted("another arrivald (process 4711)") == 1);
  CHECK(posted("it watches nothing") == 1);
  pass(4h);
  CHECK(posted("locked by another process") == 2);
  REQUIRE(wait->recovery().size() == 1);
  CHECK(wait->recovery()[0].channel == "ops");
  CHECK_THAT(wait->recovery()[0].notification.sentence, Catch::Contains("It watches again"));
}

TEST_CASE_METHOD(Fixture, "a channel that fails meanwhile is tried again") {
  provider.clear();
  provider.once(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(500));
  provider.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(200, "ok"));
  pass(3min);
  CHECK(posted("locked by another process") == 2);
  pass(1h);
  CHECK(posted("locked by another process") == 2);
}

TEST_CASE_METHOD(Fixture, "once the store is free the wait ends, and its ports are free for the daemon") {
  pass(10s);
  const auto port = wait->port();
  isFree = true;
  pass(5s);
  for (int i = 0; i < 1000 && !task->ended(); ++i) drain(io);
  REQUIRE(task->ended());
  yaml = yaml.replace(yaml.find("listen: {port: 0}"), 17, "listen: {port: " + std::to_string(port) + "}");
  REQUIRE(start());
  CHECK(daemon->port() == port);
  CHECK(get("/healthz").status == 200);
}
