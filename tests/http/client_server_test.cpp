// The client and the server, against each other and against rude peers, over real sockets on the loopback.
#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "http/client.hpp"
#include "http/server.hpp"
#include "support/manual_clock.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using runtime::Task;

TEST_CASE("a request is answered, and the connection is kept for the next") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  http::Router router;
  router.add("POST", "/echo", [](const http::ServerRequest& request) -> Task<http::Response> {
    http::Response response;
    response.status = 201;
    response.body = std::string(request.body) + "|" + request.parameter("q").value_or("none");
    co_return response;
  });
  auto server = http::Server::listen(io.get_executor(), clock, {}, [&](const http::ServerRequest& r) {
                  return router.dispatch(r);
                }).value();
  http::Client client(io.get_executor(), clock, {});
  bool finished = false;
  auto conversation = [&]() -> Task<> {
    for (int i = 0; i < 3; ++i) {
      http::Request request;
      request.method = "POST";
      request.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/echo?q=a%20b";
      request.body = std::string(static_cast<std::size_t>(i) * 100000, 'x');
      const auto sent = request.body;
      auto answer = co_await client.send(std::move(request));
      REQUIRE(answer.ok());
      CHECK(answer->status == 201);
      CHECK(answer->body == sent + "|a b");
      CHECK(server->openConnections() == 1);
    }
    http::Request missing;
    missing.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/nowhere";
    auto answer = co_await client.send(std::move(missing));
    CHECK(answer->status == 404);
    client.closeIdle();
    co_await server->stop(1s);
    finished = true;
  };
  boost::asio::co_spawn(io, conversation(), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  io.run();
  CHECK(finished);
}
