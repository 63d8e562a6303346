// The scripted transport itself, since every client of an outside party is tested with it.
#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using testing::FakeTransport;

namespace {

http::Request get(std::string url) {
  http::Request request;
  request.url = std::move(url);
  return request;
}

}  // namespace

TEST_CASE("a script answers in its order, and what was asked is remembered") {
  FakeTransport transport;
  transport.once(FakeTransport::asked("GET", "/v3/stats"), FakeTransport::reply(429));
  transport.always(FakeTransport::asked("GET", "/v3/stats"), FakeTransport::reply(200, "[]"));
  transport.once(FakeTransport::asked("POST", "/v3/stats"), FakeTransport::reply(500));
  CHECK(testing::runTask(transport.send(get("https://a.example/v3/stats?x=1")))->status == 429);
  CHECK(testing::runTask(transport.send(get("https://a.example/v3/stats?x=2")))->status == 200);
  CHECK(testing::runTask(transport.send(get("https://a.example/v3/stats?x=3")))->body == "[]");
  CHECK(transport.requests().size() == 3);
  CHECK(transport.requests()[1].url == "https://a.example/v3/stats?x=2");
  CHECK(transport.unused() == 1);
}

TEST_CASE("a request that the script does not expect fails and is counted") {
  FakeTransport transport;
  const auto answer = testing::runTask(transport.send(get("https://a.example/odd")));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == http::Failure::Kind::protocol);
  CHECK(transport.unexpected() == std::vector<std::string>{"GET https://a.example/odd"});
}

TEST_CASE("a script may leave a request hanging until it is cancelled") {
  FakeTransport transport;
  transport.hang(FakeTransport::asked("GET", "/"));
  boost::asio::io_context io;
  std::optional<FakeTransport::Answer> answer;
  testing::RunningTask running(io, testing::storeInto(answer, transport.send(get("https://a.example/"))));
  testing::drain(io);
  CHECK_FALSE(running.ended());
  running.cancel();
  testing::drain(io);
  REQUIRE(answer);
  CHECK(answer->error().kind == http::Failure::Kind::cancelled);
}
