// What is asked of the provider for a confirmed release, and what its answers make of it.
#include "desk/release_entries.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "desk/fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::suppression;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using Kind = Refusal::Kind;

namespace {

constexpr auto kEmail = "taro@x.jp";

std::vector<std::string> methods(const Desk& desk) {
  std::vector<std::string> found;
  for (const auto& request : desk.transport.requests()) found.push_back(request.method);
  return found;
}

/// A provider whose answers a script replaces: the script is asked before it.
struct ScriptedDesk : Desk {
  ScriptedDesk() { transport.clear(); }
  void play() {
    transport.always([](const http::Request&) { return true; },
                     [this](const http::Request& request) { return provider.answer(request); });
  }
};

const std::pair<FakeTransport::Answer, Problem> kTroubles[] = {
    {FakeTransport::reply(429, "{}"), Problem::busy},
    {FakeTransport::reply(500, R"({"errors":[{"message":"internal server error"}]})"), Problem::noAnswer},
    {FakeTransport::reply(503, "<html><title>503</title></html>"), Problem::noAnswer},
    {FakeTransport::reply(200, "<html>log in</html>"), Problem::noAnswer},
    {FakeTransport::fail(http::Failure::Kind::timedOut), Problem::noAnswer},
    {FakeTransport::fail(http::Failure::Kind::closed), Problem::noAnswer},
};

}  // namespace

TEST_CASE("an entry is read, deleted by one call and read until it is gone") {
  Desk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  REQUIRE(desk.step().ok());
  CHECK(methods(desk) == std::vector<std::string>{"GET", "DELETE"});
  CHECK(desk.view(id).request.state == ReleaseState::running);
  CHECK(desk.only(id).state == ItemState::pending);
  REQUIRE(desk.step().ok());
  CHECK(desk.transport.requests().size() == 2);
  desk.clock.advance(2s);
  REQUIRE(desk.step().ok());
  CHECK(desk.only(id).state == ItemState::gone);
  CHECK(desk.view(id).request.state == ReleaseState::done);
  CHECK(methods(desk) == std::vector<std::string>{"GET", "DELETE", "GET"});
  CHECK(desk.acts() == std::vector<std::string>{"draft", "confirm", "ask", "answer", "settle"});
  CHECK(desk.releases->nextDue()->has_value() == false);
  CHECK(desk.registry.expose().find(
            "arrivald_releases_total{account=\"main\",cause=\"mailbox_full\",list=\"bounces\"} 1") !=
        std::string::npos);
}

TEST_CASE("an entry that is gone is not shown as listed any more, one that is not goes on being shown") {
  Desk desk;
  const auto gone = desk.list("gone@x.jp"), already = desk.list("already@x.jp"),
             changed = desk.list("changed@x.jp");
  const auto id = desk.confirmed({gone, already, changed});
  desk.provider.lists.erase({List::bounces, "already@x.jp"});
  desk.provider.lists[{List::bounces, "changed@x.jp"}].created += 1s;
  REQUIRE(desk.step().ok());
  CHECK_FALSE(desk.entries.rows[gone].removed);
  desk.finish(id);
  CHECK(desk.entries.rows[gone].removed == kNoon + 2s);
  CHECK(desk.entries.rows[already].removed == kNoon);
  CHECK_FALSE(desk.entries.rows[changed].removed);
}

TEST_CASE("an entry of a subuser's list is released with the account's key, on the subuser's behalf") {
  Desk desk;
  const auto entry = desk.list(kEmail), foreign = desk.list("other@x.jp");
  desk.entries.rows[entry].account = "main/city";
  desk.entries.rows[foreign].account = "elsewhere/city";
  const auto locks =
      desk.releases->locks(kOperator, std::vector{desk.entries.rows[entry], desk.entries.rows[foreign]});
  REQUIRE(locks.ok());
  CHECK_FALSE(locks->at(0));
  REQUIRE(locks->at(1));
  CHECK(locks->at(1)->kind == Lock::Kind::noKey);
  const auto id = desk.confirmed({entry});
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::gone);
  CHECK_FALSE(desk.transport.requests().empty());
  for (const auto& request : desk.transport.requests()) CHECK(request.headers.find("on-behalf-of") == "city");
}

TEST_CASE("no deletion has a body or is about anything else than the address") {
  Desk desk;
  const auto id =
      desk.confirmed({desk.list("a+b/c@x.jp"), desk.list("d@x.jp", Advice::noDifference, List::blocks)});
  desk.finish(id);
  std::vector<std::string> urls;
  for (const auto& request : desk.transport.requests()) {
    CHECK(request.body.empty());
    if (request.method == "DELETE") urls.push_back(request.url);
  }
  CHECK(urls == std::vector<std::string>{"https://api.sendgrid.com/v3/suppression/bounces/a%2Bb%2Fc%40x.jp",
                                         "https://api.sendgrid.com/v3/suppression/blocks/d%40x.jp"});
}

TEST_CASE("an entry that is gone, or is another one by now, is not asked for") {
  Desk desk;
  const auto ids = std::vector{desk.list("gone@x.jp"), desk.list("newer@x.jp"), desk.list("other@x.jp")};
  const auto id = desk.confirmed(ids);
  desk.provider.lists.erase({List::bounces, "gone@x.jp"});
  desk.provider.lists[{List::bounces, "newer@x.jp"}].created += 1s;
  desk.provider.lists[{List::bounces, "other@x.jp"}].reason = "550 5.1.1 no such user";
  desk.finish(id);
  const auto items = desk.view(id).items;
  CHECK(items[0].progress.state == ItemState::alreadyGone);
  CHECK(items[1].progress.state == ItemState::changed);
  CHECK(items[2].progress.state == ItemState::changed);
  CHECK(methods(desk) == std::vector<std::string>{"GET", "GET", "GET"});
  // What was not released can be drafted anew, by anybody.
  CHECK(desk.releases->draft(kColleague, std::span(ids).subspan(1), Mode::real).ok());
}

TEST_CASE("a rehearsal does everything but the deletion, and is marked") {
  Desk desk;
  const auto id = desk.confirmed({desk.list(kEmail)}, Mode::rehearsal);
  desk.finish(id);
  CHECK(methods(desk) == std::vector<std::string>{"GET"});
  CHECK(desk.only(id).state == ItemState::rehearsed);
  CHECK(desk.view(id).request.mode == Mode::rehearsal);
  CHECK(desk.provider.has(List::bounces, kEmail));
  CHECK(desk.view(id).leftToday == 49);
  store::RecordFilter settled;
  settled.action = "settle";
  CHECK(desk.record->find(kAdmin, settled)->at(0).outcome == "rehearsed, rehearsal");
  // It does not count against the day of real ones.
  const auto real = desk.draft({desk.list("b@x.jp")});
  CHECK(desk.view(real).leftToday == 50);
  CHECK(desk.releases->followDue(10)->empty());
}

TEST_CASE("where the configuration says so, every request is a rehearsal") {
  Desk desk;
  desk.settings.mode = Mode::rehearsal;
  desk.releases->use(desk.settings);
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.finish(id);
  CHECK(desk.view(id).request.mode == Mode::rehearsal);
  CHECK(desk.provider.deletions.empty());
}

TEST_CASE("a refused key releases nothing, and the other rows are told the same") {
  for (const unsigned status : {401U, 403U}) {
    ScriptedDesk desk;
    const auto id = desk.confirmed({desk.list("a@x.jp"), desk.list("b@x.jp")});
    desk.transport.always(FakeTransport::asked("GET", ""), FakeTransport::reply(status, R"({"errors":[]})"));
    desk.finish(id);
    for (const auto& item : desk.view(id).items) {
      CHECK(item.progress.state == ItemState::refused);
      CHECK(item.progress.problem == Problem::keyRefused);
      CHECK(item.progress.httpStatus == static_cast<int>(status));
    }
    CHECK(desk.transport.unexpected().empty());
    CHECK(desk.transport.requests().size() == (status == 401 ? 6 : 2));
  }
}

TEST_CASE("a key that may read and not delete releases nothing") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.always(FakeTransport::asked("DELETE", ""), FakeTransport::reply(403, R"({"errors":[]})"));
  desk.play();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::refused);
  CHECK(desk.only(id).problem == Problem::keyRefused);
  CHECK(desk.provider.has(List::bounces, kEmail));
  CHECK(methods(desk) == std::vector<std::string>{"GET", "DELETE"});
}

TEST_CASE("one 401 is not believed") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.once(FakeTransport::asked("GET", ""), FakeTransport::reply(401, "{}"));
  desk.transport.once(FakeTransport::asked("DELETE", ""), FakeTransport::reply(401, "{}"));
  desk.play();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::gone);
}

TEST_CASE("a request that the provider does not accept is refused after three times") {
  for (const unsigned status : {400U, 406U}) {
    ScriptedDesk desk;
    const auto id = desk.confirmed({desk.list(kEmail)});
    desk.transport.always(FakeTransport::asked("GET", ""), FakeTransport::reply(status, "{}"));
    desk.finish(id);
    CHECK(desk.only(id).state == ItemState::refused);
    CHECK(desk.only(id).problem == Problem::requestRefused);
    CHECK(desk.transport.requests().size() == 3);
  }
}

TEST_CASE("trouble before the deletion is waited out, and the entry is released once") {
  for (const auto& [answer, problem] : kTroubles) {
    ScriptedDesk desk;
    const auto id = desk.confirmed({desk.list(kEmail)});
    for (int i = 0; i < 3; ++i) desk.transport.once(FakeTransport::asked("GET", ""), answer);
    desk.play();
    REQUIRE(desk.step().ok());
    CHECK(desk.only(id).state == ItemState::waiting);
    CHECK(desk.only(id).problem == problem);
    desk.finish(id);
    CHECK(desk.only(id).state == ItemState::gone);
    CHECK(desk.only(id).problem == Problem::none);
    CHECK(desk.provider.deletions[kEmail] == 1);
  }
}

TEST_CASE("a deletion without a clear answer is followed by a read before anything is sent again") {
  for (const auto& [answer, problem] : kTroubles) {
    for (const bool carriedOut : {true, false}) {
      if (carriedOut && problem == Problem::busy) continue;
      ScriptedDesk desk;
      const auto id = desk.confirmed({desk.list(kEmail)});
      desk.transport.once(FakeTransport::asked("DELETE", ""),
                          [&desk, carriedOut, scripted = answer](const http::Request& request) {
                            if (carriedOut) static_cast<void>(desk.provider.answer(request));
                            return scripted;
                          });
      desk.play();
      desk.finish(id);
      CHECK(desk.only(id).state == ItemState::gone);
      const auto sent = methods(desk);
      REQUIRE(sent.size() >= 3);
      CHECK(sent[1] == "DELETE");
      CHECK(sent[2] == "GET");
      CHECK(std::ranges::count(sent, "DELETE") == (carriedOut ? 1 : 2));
      CHECK_FALSE(desk.provider.has(List::bounces, kEmail));
    }
  }
}

TEST_CASE("an entry that came back while the answer was missing is not released again") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.once(FakeTransport::asked("DELETE", ""), [&desk](const http::Request& request) {
    static_cast<void>(desk.provider.answer(request));
    desk.provider.put(List::bounces, {kEmail, kNoon + 1s, "550 5.1.1 no such user", "5.1.1", "", 0});
    return FakeTransport::fail(http::Failure::Kind::timedOut);
  });
  desk.play();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::changed);
  CHECK(desk.provider.deletions[kEmail] == 1);
  CHECK(desk.provider.has(List::bounces, kEmail));
}

TEST_CASE("a provider that stays silent for a day ends in a failure, not in a release") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.always([](const http::Request&) { return true; },
                        FakeTransport::fail(http::Failure::Kind::timedOut));
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::failed);
  CHECK(desk.only(id).problem == Problem::noAnswer);
  CHECK(desk.clock.now() - kNoon >= 24h);
  CHECK(std::ranges::count(methods(desk), "DELETE") == 0);
}

TEST_CASE("a 404 to the deletion means that somebody else was faster, once a read agrees") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.once(FakeTransport::asked("DELETE", ""), [&desk](const http::Request&) {
    desk.provider.lists.clear();
    return FakeTransport::reply(404, R"({"errors":[]})");
  });
  desk.play();
  REQUIRE(desk.step().ok());
  CHECK(isOpen(desk.only(id).state));
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::alreadyGone);
  CHECK(methods(desk) == std::vector<std::string>{"GET", "DELETE", "GET"});
}

TEST_CASE("a 404 to the deletion of an entry that is still there is no release") {
  ScriptedDesk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.transport.once(FakeTransport::asked("DELETE", ""), FakeTransport::reply(404, R"({"errors":[]})"));
  desk.play();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::gone);
  CHECK(methods(desk) == std::vector<std::string>{"GET", "DELETE", "GET", "DELETE", "GET"});
}

TEST_CASE("a 404 that is not the provider's own word is waited out") {
  for (const auto* body : {"404 page not found", "<html><title>404</title></html>", ""}) {
    ScriptedDesk desk;
    const auto id = desk.confirmed({desk.list(kEmail)});
    desk.transport.once(FakeTransport::asked("GET", ""), FakeTransport::reply(404, body));
    desk.transport.once(FakeTransport::asked("DELETE", ""), FakeTransport::reply(404, body));
    desk.play();
    desk.finish(id);
    CHECK(desk.only(id).state == ItemState::gone);
    CHECK(desk.provider.deletions[kEmail] == 1);
  }
}

TEST_CASE("an entry that reads go on showing is pending for a day, then reported as still listed") {
  Desk desk;
  desk.provider.keepsDeleted = true;
  const auto id = desk.confirmed({desk.list(kEmail)});
  REQUIRE(desk.step().ok());
  std::vector<Duration> reads;
  while (desk.only(id).state == ItemState::pending) {
    desk.clock.advance(**desk.releases->nextDue() - desk.clock.now());
    reads.push_back(desk.clock.now() - kNoon);
    REQUIRE(desk.step().ok());
  }
  REQUIRE(reads.size() == 29);
  CHECK(std::vector<Duration>(reads.begin(), reads.begin() + 6) ==
        std::vector<Duration>{2s, 5s, 15s, 60s, 5min, 1h});
  CHECK(desk.only(id).state == ItemState::failed);
  CHECK(desk.only(id).problem == Problem::stillListed);
  CHECK(desk.provider.deletions[kEmail] == 1);
}

TEST_CASE("a late verification shows that it is gone after all") {
  Desk desk;
  desk.provider.keepsDeleted = true;
  const auto id = desk.confirmed({desk.list(kEmail)});
  REQUIRE(desk.step().ok());
  desk.clock.advance(3h);
  REQUIRE(desk.step().ok());
  CHECK(desk.only(id).state == ItemState::pending);
  desk.provider.lists.clear();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::gone);
  CHECK(desk.clock.now() == kNoon + 4h);
}

TEST_CASE("without a key any more, what was not asked for is refused") {
  Desk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.clients.clear();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::refused);
  CHECK(desk.only(id).problem == Problem::noKey);
}

TEST_CASE("what was not confirmed is never asked for") {
  Desk desk;
  const auto id = desk.draft({desk.list(kEmail)});
  auto item = desk.view(id).items.at(0);
  item.chosen = true;
  item.progress = asking(item.progress, kNoon);
  CHECK_FALSE(desk.releases->asking(item).ok());
  REQUIRE(desk.releases->cancel(kOperator, id).ok());
  CHECK_FALSE(desk.releases->asking(item).ok());
  CHECK(desk.step().ok());
  CHECK(desk.transport.requests().empty());
}

TEST_CASE("two tasks at once, as in a reload, ask once") {
  Desk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  auto item = desk.view(id).items.at(0);
  item.progress = asking(item.progress, kNoon);
  CHECK(desk.releases->asking(item).ok());
  CHECK_FALSE(desk.releases->asking(item).ok());
}

TEST_CASE("while the store refuses, nothing is asked of the provider") {
  Desk desk;
  const auto id = desk.confirmed({desk.list(kEmail)});
  desk.releases = nullptr;
  desk.record = nullptr;
  desk.database = nullptr;
  const Error full{Error::Kind::diskFull, "full", Party::storage};
  desk.database = store::Database::openUnwritable(desk.place.path(), full);
  desk.record = std::make_unique<Record>(*desk.database, desk.clock);
  desk.releases =
      std::make_unique<Releases>(*desk.database, desk.clock, *desk.record, desk.entries, desk.registry);
  const auto stepped = desk.step();
  REQUIRE_FALSE(stepped.ok());
  CHECK(stepped.error().kind == Error::Kind::diskFull);
  CHECK(desk.provider.deletions.empty());
  desk.restart();
  desk.finish(id);
  CHECK(desk.only(id).state == ItemState::gone);
}

TEST_CASE("a wall clock that is set neither ends nor delays a verification, nor a draft") {
  for (const Duration step : {Duration(48h), Duration(-48h)}) {
    Desk desk;
    desk.provider.keepsDeleted = true;
    const auto draft = desk.draft({desk.list("b@x.jp")});
    const auto id = desk.confirmed({desk.list(kEmail)});
    boost::asio::io_context io;
    StepDetector steps;
    steps.observe(desk.clock);
    const auto notice = [&] {
      const auto moved = steps.observe(desk.clock);
      REQUIRE(desk.database->transact([&] { desk.releases->storeShift(moved); }));
    };
    RunningTask task(io, keepReleasing(*desk.releases, desk.clients, desk.clock, desk.random, notice,
                                       [](const Error&) {}));
    drain(io);
    CHECK(desk.only(id).state == ItemState::pending);
    desk.clock.step(step);
    desk.clock.advance(2s);
    drain(io);
    CHECK(desk.only(id).state == ItemState::pending);
    CHECK(desk.only(id).due - desk.clock.now() == 3s);
    CHECK(desk.view(draft).request.state == ReleaseState::draft);
    desk.provider.lists.erase({List::bounces, kEmail});
    desk.clock.advance(3s);
    drain(io);
    CHECK(desk.only(id).state == ItemState::gone);
    task.cancel();
    REQUIRE(pumpUntil(io, [&] { return task.ended(); }));
  }
}

namespace {

runtime::Task<> runOnce(Desk& desk) {
  const auto stepped = co_await releaseEntries(*desk.releases, desk.clients, desk.clock, desk.random);
  static_cast<void>(stepped);
}

/// Runs the task until its `number`th request has been sent, which the provider acts on or not; then the
/// process is killed: the file is as it was at that moment. False if there are fewer requests.
enum class LastRequest { lost, carriedOut };
bool killAt(Desk& desk, ReleaseId id, int number, LastRequest last) {
  int sent = 0;
  bool reached = false;
  desk.transport.clear();
  desk.transport.hang([&](const http::Request& request) {
    if (++sent != number) return false;
    if (last == LastRequest::carriedOut) static_cast<void>(desk.provider.answer(request));
    return reached = true;
  });
  desk.transport.always([](const http::Request&) { return true; },
                        [&desk](const http::Request& request) { return desk.provider.answer(request); });
  auto io = std::make_unique<boost::asio::io_context>();
  for (int runs = 0; runs < 50 && desk.view(id).request.state != ReleaseState::done; ++runs) {
    const RunningTask task(*io, runOnce(desk));
    REQUIRE(pumpUntil(*io, [&] { return reached || task.ended(); }));
    if (reached) break;
    const auto next = desk.releases->nextDue();
    if (next->has_value() && **next > desk.clock.now()) desk.clock.advance(**next - desk.clock.now());
  }
  io = nullptr;  // the task never goes on
  desk.restart();
  desk.transport.clear();
  desk.transport.always([](const http::Request&) { return true; },
                        [&desk](const http::Request& request) { return desk.provider.answer(request); });
  return reached;
}

}  // namespace

TEST_CASE("a kill at any request loses nothing and releases nothing twice") {
  for (const auto last : {LastRequest::lost, LastRequest::carriedOut})
    for (int number = 1; number <= 7; ++number) {
      Desk desk;
      const auto id = desk.confirmed({desk.list("a@x.jp"), desk.list("b@x.jp")});
      const bool killed = killAt(desk, id, number, last);
      INFO("request " << number);
      CHECK(killed == (number <= 6));
      desk.clock.advance(10s);
      desk.finish(id);
      for (const auto& item : desk.view(id).items) CHECK(item.progress.state == ItemState::gone);
      for (const char* email : {"a@x.jp", "b@x.jp"}) {
        CHECK_FALSE(desk.provider.has(List::bounces, email));
        CHECK(desk.provider.deletions[email] == 1);
      }
      if (killed) CHECK(desk.transport.requests().at(0).method == "GET");
      CHECK_FALSE(desk.record->check()->firstBroken);
    }
}
