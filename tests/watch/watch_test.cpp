// What one configuration makes run: it starts, stops, and is followed by another over the same owners.
#include "watch/watch.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

namespace {

struct Observer final : RoundObserver {
  std::vector<std::string> lines;
  void evaluated(const std::string& statusLine) override { lines.push_back(statusLine); }
};

struct Fixture : ProviderFixture {
  Observer observer;
  std::unique_ptr<Watch> watch;

  Fixture() {
    config.statusPage.reset();
    account().mailboxProviders = {};
    account().suppressions = false;
    account().key = {Secret("SG.key"), "x"};
    answer("/v3/stats?", nlohmann::json::array({day("2026-11-10", 10, 10)}).dump());
    answer("/v3/scopes", R"({"scopes":["stats.read"]})");
    answer("/v3/", "[]");
  }
  ~Fixture() { stop(); }
  void start() {
    retain();
    watch = std::make_unique<Watch>(
        owners(), transport, [] { return 0.5; }, std::make_shared<const config::Config>(config), observer);
    watch->start();
    drain(io);
  }
  void stop() {
    if (watch) runTask(io, watch->stop());
    watch.reset();
  }
  /// In steps, so that each waiting task is come to.
  void pass(Duration span) {
    for (Duration gone{}; gone < span; gone += 10s) {
      clock.advance(10s);
      drain(io);
    }
  }
  std::size_t asked(const std::string& part) {
    const auto& all = transport.requests();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const http::Request& request) {
      return request.url.find(part) != std::string::npos;
    }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "making a watch touches nothing outside; starting it reads at once") {
  retain();
  watch = std::make_unique<Watch>(
      owners(), transport, [] { return 0.5; }, std::make_shared<const config::Config>(config), observer);
  drain(io);
  CHECK(transport.requests().empty());
  watch->start();
  drain(io);
  CHECK(asked("/v3/stats?") == 1);
  CHECK(asked("/v3/scopes") == 1);
  CHECK(owners().jobs().at("main", JobKind::statistics)->lastSuccess == clock.now());
  // Rules are evaluated with every read, and the observer is notified.
  REQUIRE_FALSE(observer.lines.empty());
  pass(1min);
  CHECK_THAT(observer.lines.back(), Catch::Contains("1 accounts"));
}

TEST_CASE_METHOD(Fixture, "each task runs by its own schedule") {
  start();
  pass(10min);
  CHECK(asked("/v3/stats?") >= 9);
  CHECK(asked("/v3/scopes") == 1);
  CHECK(observer.lines.size() >= 10);
}

TEST_CASE_METHOD(Fixture, "only what is switched on has a task") {
  start();
  const auto& jobs = owners().jobs();
  CHECK(jobs.at("main", JobKind::statistics));
  for (const auto kind : {JobKind::categories, JobKind::subusers, JobKind::mailboxProviders,
                          JobKind::suppressions, JobKind::crawl, JobKind::eventWebhook})
    CHECK_FALSE(jobs.at("main", kind));
  CHECK_FALSE(jobs.at("", JobKind::heartbeat));
  stop();
  account().suppressions = true;
  account().categories.names = {"notice"};
  start();
  for (const auto kind : {JobKind::categories, JobKind::suppressions, JobKind::crawl})
    CHECK(owners().jobs().at("main", kind));
}

TEST_CASE_METHOD(Fixture, "after a stop nothing is asked any more, whatever was under way") {
  transport.clear();
  transport.hang(FakeTransport::asked("GET", "/v3/stats?"));
  answer("/v3/", "[]");
  config.channels.emplace_back().name = "ops";
  config.channels[0].webhook = {Secret("https://hooks.example.com/x"), "x"};
  config.eventStream.forward.emplace_back().name = "archive";
  config.eventStream.forward[0].url = {Secret("https://archive.example.com/"), "x"};
  start();
  REQUIRE(owners().jobs().at("main", JobKind::statistics)->running);
  stop();
  const auto count = transport.requests().size();
  pass(10min);
  CHECK(transport.requests().size() == count);
  CHECK_FALSE(owners().jobs().at("main", JobKind::statistics)->running);
}

TEST_CASE_METHOD(Fixture, "another watch over the same owners goes on where the former was") {
  start();
  stop();
  clock.advance(5min);
  transport.clear();
  answer("/v3/stats?", nlohmann::json::array({day("2026-11-10", 14, 14)}).dump());
  answer("/v3/", "[]");
  account().zone = TimeZone();
  start();
  CHECK(delivered(whole, 10min) == 4);
  CHECK(std::distance(owners().jobs().begin(), owners().jobs().end()) >= 3);
}

// A reload while Slack had not answered yet sent the notification again.
TEST_CASE_METHOD(Fixture, "a notification that is being posted when a reload comes is posted once") {
  config.channels.emplace_back().name = "ops";
  config.channels[0].webhook = {Secret("https://hooks.example.com/x"), "x"};
  transport.hang(FakeTransport::asked("POST", "hooks.example.com"));
  start();
  notify::Notification notification;
  notification.id = notification.title = "a";
  REQUIRE(owners().outbox().putNow({{"a", "ops", notification}}));
  drain(io);
  REQUIRE(asked("hooks.example.com") == 1);
  RunningTask stopping(io, watch->stop());
  drain(io);
  REQUIRE_FALSE(stopping.ended());
  SECTION("if it is answered") {
    transport.release(FakeTransport::reply(200, "ok"));
    drain(io);
    REQUIRE(stopping.ended());
    watch.reset();
    start();
    pass(1min);
    CHECK(asked("hooks.example.com") == 1);
    CHECK(owners().outbox().depth()->waiting == 0);
  }
  SECTION("and the reload does not wait for an answer that does not come") {
    clock.advance(Watch::kSettle);
    drain(io);
    REQUIRE(stopping.ended());
    watch.reset();
    CHECK(owners().outbox().depth()->waiting == 1);
  }
}
