// Single entries of the simulated account's lists, as the desk's client reads and deletes them.
#include "simulator/server.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "http/client.hpp"
#include "sendgrid/release_client.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::simulator;
using namespace arrivald::testing;
using sendgrid::ReleaseTarget;
using suppression::List;
using suppression::Removal;

namespace {

struct Scene {
  Scene()
      : account({}, clock.now()),
        server(std::move(*Server::listen(io.get_executor(), clock, network, account, 0))),
        http(io.get_executor(), network, {}),
        client(http, clock, {"main", server->url(), Secret(Server::kKey), ""}) {}
  ~Scene() {
    http.closeIdle();
    runTask(io, server->stop());
  }
  auto read(const ReleaseTarget& target) { return runTask(io, client.read(target)); }
  auto remove(const ReleaseTarget& target) { return runTask(io, client.remove(target)); }

  boost::asio::io_context io;
  ManualClock clock;
  SystemClock network;
  Account account;
  std::unique_ptr<Server> server;
  http::Client http;
  sendgrid::ReleaseClient client;
};

}  // namespace

TEST_CASE("an entry is read, deleted, and shown for some seconds more") {
  Scene scene;
  const auto entry = scene.account.lists().page(List::bounces, {{}, scene.clock.now(), 3, 1}).at(0);
  const auto target = ReleaseTarget::of(List::bounces, 0, entry.email).value();
  REQUIRE(scene.read(target)->size() == 1);
  CHECK(scene.read(target)->at(0).created == std::chrono::floor<std::chrono::seconds>(entry.created));
  CHECK(scene.read(target)->at(0).reason == entry.reason);
  CHECK(scene.remove(target).value() == Removal::taken);
  CHECK(scene.read(target)->size() == 1);
  CHECK(scene.remove(target).value() == Removal::notListed);
  scene.clock.advance(Lists::kRemovalDelay);
  CHECK(scene.read(target)->empty());
}

TEST_CASE("a global unsubscribe is deleted and put back") {
  Scene scene;
  const auto target = ReleaseTarget::of(List::unsubscribes, 0, "reader7@example.jp").value();
  CHECK(scene.read(target)->size() == 1);
  CHECK(scene.remove(target).value() == Removal::taken);
  scene.clock.advance(Lists::kRemovalDelay);
  CHECK(scene.read(target)->empty());
  CHECK(runTask(scene.io, scene.client.putBack(target)).ok());
  CHECK(scene.read(target)->size() == 1);
}

TEST_CASE("an unsubscribe from a group is read by its address, and deleted") {
  Scene scene;
  const auto entry = scene.account.lists().page(List::groupUnsubscribes, {{}, scene.clock.now(), 0, 1}).at(0);
  const auto target = ReleaseTarget::of(List::groupUnsubscribes, entry.group, entry.email).value();
  CHECK(scene.read(target)->size() == 1);
  CHECK(scene.read(ReleaseTarget::of(List::groupUnsubscribes, entry.group, "nobody@example.jp").value())
            ->empty());
  CHECK(scene.remove(target).value() == Removal::taken);
  scene.clock.advance(Lists::kRemovalDelay);
  CHECK(scene.read(target)->empty());
}

TEST_CASE("a released address gets a mail some minutes later, which some refuse again") {
  Scene scene;
  scene.account.eventsUntil(scene.clock.now(), 1);
  std::map<std::string, delivery::Metric> outcomes;
  std::set<std::string> released;
  for (const auto& entry : scene.account.lists().page(List::blocks, {{}, scene.clock.now(), 3, 8})) {
    REQUIRE(scene.account.release(List::blocks, entry.email, scene.clock.now()));
    released.insert(entry.email);
  }
  scene.clock.advance(std::chrono::minutes(6));
  scene.account.advance(scene.clock.now());
  for (const auto& event : scene.account.eventsUntil(scene.clock.now(), 100'000))
    if (released.contains(addressOf(event))) outcomes[addressOf(event)] = event.metric;
  CHECK(outcomes.size() == released.size());
  const auto count = [&](delivery::Metric metric) {
    return std::ranges::count_if(outcomes, [&](const auto& one) { return one.second == metric; });
  };
  CHECK(count(delivery::Metric::delivered) == 6);
  CHECK(count(delivery::Metric::bounces) == 2);
}
