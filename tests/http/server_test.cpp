// The server against peers that are polite, wrong, slow or hostile, over real sockets of the loopback.
#include "http/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <catch2/catch.hpp>
#include <list>
#include <random>

#include "fixture.hpp"
#include "http/body_source.hpp"
#include "runtime/sleep.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using http::Response;
using http::ServerRequest;
using runtime::Task;
using testing::drain;
using testing::pumpUntil;
namespace peer = testing::peer;

namespace {

// A connection to the server whose bytes the test writes and reads as it likes.
class Visitor {
 public:
  Visitor(boost::asio::io_context& io, unsigned short port) : io_(io), socket_(io) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    boost::asio::co_spawn(io, listen(this), boost::asio::detached);
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  ~Visitor() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pumpUntil(io_, [this] { return closed_; });
  }

  void say(const std::string& text) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(text), ignored);
  }
  /// What has come so far, once `count` of `text` are in it.
  std::string hear(const std::string& text, std::size_t count = 1) {
    const auto found = [&] {
      std::size_t times = 0;
      for (auto at = heard_.find(text); at != std::string::npos; at = heard_.find(text, at + 1)) ++times;
      return times >= count;
    };
    if (!pumpUntil(io_, found)) FAIL("never heard " << text << " but: " << heard_);
    return heard_;
  }
  /// All that came until the server hung up.
  std::string hearAll() {
    if (!pumpUntil(io_, [this] { return closed_; })) FAIL("the server does not hang up after: " << heard_);
    return heard_;
  }
  bool closed() {
    for (int i = 0; i < 5; ++i) drain(io_);
    return closed_;
  }
  const std::string& heard() const { return heard_; }
  void forget() { heard_.clear(); }
  void finish() { socket_.shutdown(boost::asio::socket_base::shutdown_send); }
  peer::Socket& socket() { return socket_; }

 private:
  static Task<> listen(Visitor* self) {
    char bytes[16384];
    for (;;) {
      const auto room = boost::asio::buffer(bytes);
      auto [error, count] = co_await self->socket_.async_read_some(room, peer::kAsTuple);
      self->heard_.append(bytes, count);
      if (error) break;
    }
    self->closed_ = true;
  }

  boost::asio::io_context& io_;
  peer::Socket socket_;
  std::string heard_;
  bool closed_ = false;
};

Task<Response> echo(const ServerRequest& request) {
  Response response;
  response.headers.add("X-Method", std::string(request.method));
  response.body =
      std::string(request.path) + "|" + std::string(request.query) + "|" + std::string(request.body);
  co_return response;
}

struct ServerFixture {
  explicit ServerFixture(http::ServerOptions options = {}, http::Handler handler = echo) {
    options.onFailure = [this](std::string_view where, std::string_view what) {
      failures.push_back(std::string(where) + ": " + std::string(what));
    };
    server = http::Server::listen(io.get_executor(), clock, std::move(options), std::move(handler)).value();
  }
  ~ServerFixture() {
    testing::RunningTask stopping(io, server->stop(0s));
    clock.advance(1s);
    if (!pumpUntil(io, [&] { return stopping.ended(); })) std::abort();
  }
  unsigned short port() const { return server->port(); }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port()) + target;
  }
  void advance(Duration span) {
    for (int i = 0; i < 5; ++i) drain(io);
    clock.advance(span);
    for (int i = 0; i < 5; ++i) drain(io);
  }
  std::string ask(const std::string& text) {
    Visitor visitor(io, port());
    visitor.say(text);
    return visitor.hearAll();
  }
  bool waitFor(std::size_t connections) {
    return pumpUntil(io, [&] { return server->openConnections() == connections; });
  }

  boost::asio::io_context io;
  testing::ManualClock clock;
  std::vector<std::string> failures;
  std::unique_ptr<http::Server> server;
};

const std::string kGet = "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("a request reaches the handler, and its answer the visitor") {
  std::string peerAddress;
  std::string header;
  ServerFixture f({}, [&](const ServerRequest& request) -> Task<Response> {
    peerAddress = request.peer;
    header = request.headers.find("x-test").value_or("none");
    Response response;
    response.status = 201;
    response.headers.add("Cache-Control", "no-store");
    response.body = std::string(request.body);
    co_return response;
  });
  CHECK(
      f.ask("POST / HTTP/1.1\r\nHost: h\r\nX-Test: yes\r\nConnection: close\r\nContent-Length: "
            "5\r\n\r\nhello") ==
      "HTTP/1.1 201 Created\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nContent-Length: "
      "5\r\nConnection: close\r\n\r\nhello");
  CHECK(peerAddress == "127.0.0.1");
  CHECK(header == "yes");
}

TEST_CASE("requests may follow each other on a connection, also before they are answered") {
  ServerFixture f;
  const auto all =
      f.ask("\r\n" + kGet + "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz" +
            "POST /q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nuvw\r\n0\r\n\r\n" + kGet +
            kLastGet + "garbage that nobody reads any more");
  const auto a = all.find("\r\n\r\n/a|b=c|");
  const auto p = all.find("\r\n\r\n/p||xyz");
  const auto q = all.find("\r\n\r\n/q||uvw");
  const auto last = all.find("\r\n\r\n/last||");
  CHECK(a < p);
  CHECK(p < q);
  CHECK(q < last);
  CHECK(last != std::string::npos);
  CHECK(f.waitFor(0));
}

TEST_CASE("answers do not depend on how the requests were cut") {
  const std::string requests = kGet + "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n" +
                               std::string(30, 'x') +
                               "PUT /q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1E\r\n" +
                               std::string(30, 'y') + "\r\n0\r\nT: 1\r\n\r\n" + kLastGet;
  std::mt19937 random(42);
  ServerFixture f;
  const auto whole = f.ask(requests);
  CHECK_THAT(whole, Catch::Contains("/p||xxx") && Catch::Contains("/q||yyy") && Catch::Contains("/last"));
  for (int round = 0; round < 40; ++round) {
    Visitor visitor(f.io, f.port());
    for (std::size_t at = 0; at < requests.size();) {
      const auto size = 1 + random() % (round == 0 ? 1 : 60);
      visitor.say(requests.substr(at, size));
      drain(f.io);
      at += size;
    }
    REQUIRE(visitor.hearAll() == whole);
  }
}

TEST_CASE("a body is followed by 64 readable bytes, whatever its size and form") {
  std::size_t sum = 0;
  ServerFixture f({}, [&](const ServerRequest& request) -> Task<Response> {
    for (std::size_t i = 0; i < 64; ++i)
      sum += static_cast<unsigned char>(request.body.data()[request.body.size() + i]);
    Response response;
    response.body = std::to_string(request.body.size()) +
                    (request.body.find_first_not_of('x') == request.body.npos ? "x" : "?");
    co_return response;
  });
  Visitor visitor(f.io, f.port());
  std::size_t answers = 0;
  for (const auto size :
       std::initializer_list<std::size_t>{0, 1, 63, 4096, 5000, 70'000, 300'000, 20, 0, 1'000'000}) {
    const std::string body(size, 'x');
    visitor.forget();
    visitor.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    // In pieces that the socket's buffers take, since server and visitor share a loop.
    for (std::size_t at = 0; at < size; at += 50'000) {
      visitor.say(body.substr(at, 50'000));
      drain(f.io);
    }
    visitor.hear("\r\n\r\n" + std::to_string(size) + "x");
    visitor.forget();
    visitor.say("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < size; at += 10'000) {
      const auto piece = body.substr(at, 10'000);
      char line[32];
      std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
      visitor.say(line + piece + "\r\n");
      drain(f.io);
    }
    visitor.say("0\r\n\r\n");
    visitor.hear("\r\n\r\n" + std::to_string(size) + "x");
    ++answers;
  }
  CHECK(answers == 10);
}

TEST_CASE("HEAD, 204 and 304 are answered without a body") {
  ServerFixture f({}, [](const ServerRequest& request) -> Task<Response> {
    Response response;
    response.status = request.path == "/204" ? 204 : request.path == "/304" ? 304 : 200;
    response.body = "body";
    co_return response;
  });
  const auto head = f.ask("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK_THAT(head, Catch::Contains("Content-Length: 4\r\n") && Catch::EndsWith("\r\n\r\n"));
  const auto empty = f.ask("GET /204 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK_THAT(empty, Catch::Contains("204 No Content") && !Catch::Contains("Content-Length") &&
                        Catch::EndsWith("\r\n\r\n"));
  const auto same = f.ask("GET /304 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK_THAT(same, !Catch::Contains("Content-Length") && Catch::EndsWith("\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 is spoken, with kept connections for who asks") {
  ServerFixture f;
  CHECK_THAT(f.ask("GET / HTTP/1.0\r\n\r\n"),
             Catch::Contains("200 OK") && Catch::Contains("Connection: close"));
  Visitor visitor(f.io, f.port());
  visitor.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_THAT(visitor.hear("/||"), Catch::Contains("Connection: keep-alive"));
  CHECK_FALSE(visitor.closed());
}

TEST_CASE("who waits for 100 Continue gets it, and nobody else") {
  ServerFixture f;
  Visitor visitor(f.io, f.port());
  visitor.say("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(visitor.hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  visitor.say("hello");
  visitor.hear("/||hello");

  http::ServerOptions options;
  options.bodyBytes = 4;
  ServerFixture small(options);
  const auto refused =
      small.ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK_THAT(refused, Catch::StartsWith("HTTP/1.1 413 "));
}

// The router
// --------------------------------------------------------------------------------------------------------

namespace {

http::Handler saying(std::string text) {
  return [text = std::move(text)](const ServerRequest& request) -> Task<Response> {
    Response response;
    response.body = text + request.parameter("name").value_or("");
    co_return response;
  };
}

Response route(const http::Router& router, std::string_view method, std::string_view path,
               std::string_view query = "") {
  ServerRequest request;
  request.method = method;
  request.path = path;
  request.query = query;
  return testing::runTask(router.dispatch(request));
}

}  // namespace

TEST_CASE("the router finds a handler by method and path") {
  http::Router router;
  router.add("GET", "/", saying("root"));
  router.add("GET", "/metrics", saying("metrics"));
  router.add("POST", "/metrics", saying("posted"));
  router.add("GET", "/files/*", saying("file"));
  CHECK(route(router, "GET", "/").body == "root");
  CHECK(route(router, "GET", "/metrics").body == "metrics");
  CHECK(route(router, "POST", "/metrics").body == "posted");
  CHECK(route(router, "HEAD", "/metrics").body == "metrics");
  CHECK(route(router, "GET", "/files/a/b").body == "file");
  CHECK(route(router, "GET", "/files").status == 404);
  CHECK(route(router, "GET", "/metric").status == 404);
  CHECK(route(router, "GET", "/metrics/").status == 404);
  const auto refused = route(router, "DELETE", "/metrics");
  CHECK(refused.status == 405);
  CHECK(refused.headers.find("Allow") == std::string_view("GET, HEAD, POST"));
  CHECK(route(router, "HEAD", "/nowhere").status == 404);
}

TEST_CASE("what no route answers is said in the words of who has the routes") {
  http::Router router;
  router.add("GET", "/metrics", saying("metrics"));
  router.add("GET", "/gone",
             [](const ServerRequest&) -> runtime::Task<Response> { co_return Response{404, {}, "mine"}; });
  router.answerUnmatched([](const ServerRequest& request, std::string_view allowed) {
    return Response{
        allowed.empty() ? 404U : 405U, {}, std::string(request.path) + "?" + std::string(allowed)};
  });
  CHECK(route(router, "GET", "/metric").body == "/metric?");
  CHECK(route(router, "GET", "/metric").status == 404);
  const auto refused = route(router, "POST", "/metrics");
  CHECK(refused.status == 405);
  CHECK(refused.body == "/metrics?GET, HEAD");
  CHECK(refused.headers.find("Allow") == std::string_view("GET, HEAD"));
  // Another 404 than that of an unknown path stays what a route made of it.
  CHECK(route(router, "GET", "/gone").body == "mine");
}

TEST_CASE("parameters are found in the query and decoded") {
  http::Router router;
  router.add("GET", "/", saying("="));
  const auto name = [&](std::string_view query) { return route(router, "GET", "/", query).body; };
  CHECK(name("name=a%20b") == "=a b");
  CHECK(name("x=1&name=2&name=3") == "=2");
  CHECK(name("na%6De=1") == "=1");
  CHECK(name("name") == "=");
  CHECK(name("names=1&xname=2") == "=");
  CHECK(name("&&=&name=") == "=");
}

// Limits
// ------------------------------------------------------------------------------------------------------------

TEST_CASE("an invalid request, or one beyond a limit, is refused with the reason and the connection closed") {
  struct Case {
    const char* name;
    std::string text;
    const char* status;
  };
  const Case cases[] = {
      {"garbage", "\x16\x03\x01\x02", "400"},
      {"another version", "GET / HTTP/3.0\r\n\r\n", "400"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"a field without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n", "400"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "400"},
      {"a length and chunks",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"an odd chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz", "400"},
      {"another coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
      {"a long header", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(500, 'x') + "\r\n\r\n", "431"},
      {"a long address", "GET /" + std::string(500, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", "431"},
      {"an endless header", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100'000, 'x'), "431"},
      {"a long body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'),
       "413"},
      {"a length beyond all", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n",
       "413"},
      {"long chunks",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n33\r\n" + std::string(51, 'x') +
           "\r\n32\r\n" + std::string(50, 'x') + "\r\n0\r\n\r\n",
       "413"},
  };
  http::ServerOptions options;
  options.headerBytes = 400;
  options.bodyBytes = 100;
  for (const auto& c : cases) {
    INFO(c.name);
    ServerFixture f(options);
    const auto answer = f.ask(c.text);
    CHECK_THAT(answer, Catch::StartsWith(std::string("HTTP/1.1 ") + c.status + " "));
    CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
    CHECK_THAT(answer, !Catch::Contains("200 OK"));
    CHECK(f.waitFor(0));
  }
}

TEST_CASE("the limits of a request are met to the byte") {
  http::ServerOptions options;
  options.bodyBytes = 100;
  const std::string header = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 100\r\n\r\n";
  options.headerBytes = header.size();
  CHECK_THAT(ServerFixture(options).ask(header + std::string(100, 'x')), Catch::Contains("200 OK"));
  options.headerBytes = header.size() - 1;
  CHECK_THAT(ServerFixture(options).ask(header + std::string(100, 'x')), Catch::Contains("431 "));
}

TEST_CASE("who is refused gets to read why, even while still sending") {
  ServerFixture f;
  Visitor visitor(f.io, f.port());
  visitor.socket().non_blocking(true);
  visitor.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n" + std::string(20'000, 'x'));
  for (int i = 0; i < 20; ++i) {
    drain(f.io);
    visitor.say(std::string(5000, 'x'));
  }
  CHECK_THAT(visitor.hear("larger than"), Catch::StartsWith("HTTP/1.1 413 "));
  // … but not for ever.
  f.advance(2s);
  CHECK(f.waitFor(0));
}

// Time
// --------------------------------------------------------------------------------------------------------------

TEST_CASE("a client that sends nothing is disconnected after the header time-out") {
  ServerFixture f;
  Visitor visitor(f.io, f.port());
  REQUIRE(f.waitFor(1));
  f.advance(10s - 1ms);
  CHECK_FALSE(visitor.closed());
  f.advance(1ms);
  CHECK(visitor.hearAll().empty());
  CHECK(f.waitFor(0));
}

TEST_CASE("a client that sends a header byte by byte is disconnected as well") {
  ServerFixture f;
  Visitor visitor(f.io, f.port());
  REQUIRE(f.waitFor(1));
  std::size_t at = 0;
  for (int second = 0; second < 9; ++second) {
    visitor.say(kGet.substr(at++, 1));
    f.advance(1s);
    REQUIRE_FALSE(visitor.closed());
  }
  visitor.say(kGet.substr(at, 1));
  f.advance(1s);
  CHECK(visitor.hearAll().empty());
}

TEST_CASE("the time for a header counts from its first byte on a kept connection, and idling has its own") {
  ServerFixture f;
  Visitor visitor(f.io, f.port());
  visitor.say(kGet);
  visitor.hear("/a|b=c|");
  f.advance(75s - 1ms);
  REQUIRE_FALSE(visitor.closed());
  visitor.say("G");
  f.advance(10s - 1ms);
  REQUIRE_FALSE(visitor.closed());
  visitor.say(kGet.substr(1));
  visitor.hear("/a|b=c|", 2);
  f.advance(75s - 1ms);
  REQUIRE_FALSE(visitor.closed());
  f.advance(1ms);
  visitor.hearAll();
}

TEST_CASE("a body that comes more slowly than the least speed is cut, and reported") {
  http::ServerOptions options;
  std::vector<unsigned> refused;
  options.onRefused = [&](std::string_view, unsigned status) { refused.push_back(status); };
  ServerFixture f(options);
  for (const auto* header : {"Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nFFF\r\n"}) {
    Visitor visitor(f.io, f.port());
    visitor.say("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(header));
    for (int second = 0; second < 4; ++second) {
      visitor.say("1");
      f.advance(1s);
      REQUIRE_FALSE(visitor.closed());
    }
    visitor.say("1");
    f.advance(1100ms);
    CHECK(visitor.hearAll().empty());
  }
  CHECK(refused == std::vector<unsigned>{408, 408});
}

TEST_CASE("a client that sends a body at the least speed is disconnected after the body time-out") {
  http::ServerOptions options;
  options.minBodyRate = 1;
  ServerFixture f(options);
  for (const auto* header : {"Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nFFF\r\n"}) {
    Visitor visitor(f.io, f.port());
    visitor.say("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(header));
    for (int second = 0; second < 29; ++second) {
      visitor.say("1");
      f.advance(1s);
      REQUIRE_FALSE(visitor.closed());
    }
    visitor.say("1");
    f.advance(1s);
    CHECK(visitor.hearAll().empty());
  }
}

TEST_CASE("a client that does not read the answer is disconnected") {
  ServerFixture f({}, [](const ServerRequest&) -> Task<Response> {
    Response response;
    response.body.assign(64 * 1024 * 1024, 'x');
    co_return response;
  });
  peer::Socket visitor(f.io);
  visitor.connect({boost::asio::ip::address_v4::loopback(), f.port()});
  boost::asio::write(visitor, boost::asio::buffer(kGet));
  REQUIRE(f.waitFor(1));
  f.advance(10s - 1ms);
  CHECK(f.server->openConnections() == 1);
  f.advance(1ms);
  CHECK(f.waitFor(0));
}

TEST_CASE("a client that reads an answer slowly has the time for it, as long as it reads") {
  ServerFixture f({}, [](const ServerRequest&) -> Task<Response> {
    Response response;
    response.body.assign(64 * 1024 * 1024, 'x');
    co_return response;
  });
  peer::Socket visitor(f.io);
  visitor.connect({boost::asio::ip::address_v4::loopback(), f.port()});
  boost::asio::write(visitor, boost::asio::buffer(kGet));
  REQUIRE(f.waitFor(1));
  std::string some(1024 * 1024, ' ');
  visitor.non_blocking(true);
  for (int i = 0; i < 3; ++i) {
    f.advance(9s);
    // All that is there.
    boost::system::error_code error;
    while (!error) visitor.read_some(boost::asio::buffer(some), error);
    for (int k = 0; k < 20; ++k) drain(f.io);
    CHECK(f.server->openConnections() == 1);
  }
  f.advance(3s);  // 30 s in all
  CHECK(f.waitFor(0));
}

TEST_CASE("clients that do not read large answers give way, so that these take bounded memory") {
  ServerFixture f({}, [](const ServerRequest&) -> Task<Response> {
    Response response;
    response.body.assign(20 * 1024 * 1024, 'x');
    co_return response;
  });
  std::list<peer::Socket> silent;
  for (std::size_t i = 1; i <= 3; ++i) {
    silent.emplace_back(f.io).connect({boost::asio::ip::address_v4::loopback(), f.port()});
    boost::asio::write(silent.back(), boost::asio::buffer(kGet));
    REQUIRE(f.waitFor(i));
  }
  for (int i = 0; i < 20; ++i) drain(f.io);
  // Right away there is no room; from a second on the oldest gives way.
  CHECK_THAT(f.ask(kLastGet), Catch::StartsWith("HTTP/1.1 503 "));
  f.advance(1500ms);
  Visitor reader(f.io, f.port());
  reader.say(kLastGet);
  CHECK(reader.hearAll().size() > 20 * 1024 * 1024);
}

TEST_CASE("a handler may take longer than any of the connection's times") {
  ServerFixture* fixture = nullptr;
  bool asked = false;
  ServerFixture f({}, [&](const ServerRequest&) -> Task<Response> {
    asked = true;
    co_await runtime::sleepFor(fixture->clock, 10min);
    co_return Response{};
  });
  fixture = &f;
  Visitor visitor(f.io, f.port());
  visitor.say(kGet);
  REQUIRE(pumpUntil(f.io, [&] { return asked; }));
  f.advance(10min);
  CHECK_THAT(visitor.hear("\r\n\r\n"), Catch::Contains("200 OK"));
}

// Many connections
// --------------------------------------------------------------------------------------------------

TEST_CASE("when all places are taken, the connection that was idle for longest makes room") {
  http::ServerOptions options;
  options.connections = 2;
  ServerFixture f(options);
  Visitor first(f.io, f.port());
  first.say(kGet);
  first.hear("/a|b=c|");
  f.advance(1s);
  Visitor second(f.io, f.port());
  second.say(kGet);
  second.hear("/a|b=c|");
  f.advance(1s);
  first.say(kGet);
  first.hear("/a|b=c|", 2);
  Visitor third(f.io, f.port());
  third.say(kGet);
  third.hear("/a|b=c|");
  CHECK(second.closed());
  CHECK_FALSE(first.closed());
  CHECK(f.server->openConnections() == 2);
}

TEST_CASE("when all connections are busy, a new one waits for the first that ends") {
  http::ServerOptions options;
  options.connections = 2;
  ServerFixture f(options);
  Visitor first(f.io, f.port());
  first.say("G");
  Visitor second(f.io, f.port());
  second.say("G");
  REQUIRE(f.waitFor(2));
  f.advance(1s);
  Visitor third(f.io, f.port());
  third.say(kGet);
  for (int i = 0; i < 20; ++i) drain(f.io);
  CHECK(third.heard().empty());
  CHECK(f.server->openConnections() == 2);
  first.say(kLastGet.substr(1));
  first.hear("/last");
  third.hear("/a|b=c|");
}

TEST_CASE("an incomplete header makes room for other connections after a second") {
  http::ServerOptions options;
  options.connections = 2;
  ServerFixture f(options);
  Visitor first(f.io, f.port());
  first.say("G");
  Visitor second(f.io, f.port());
  second.say("G");
  REQUIRE(f.waitFor(2));
  for (int i = 0; i < 20; ++i) drain(f.io);
  f.advance(2s);
  Visitor third(f.io, f.port());
  third.say(kGet);
  third.hear("/a|b=c|");
  CHECK(first.closed());
  CHECK_FALSE(second.closed());
}

TEST_CASE("hundreds of incomplete requests delay a complete one by less than a second") {
  http::ServerOptions options;
  options.connections = 128;
  ServerFixture f(options);
  std::list<peer::Socket> halves;
  for (int i = 0; i < 400; ++i) {
    auto& socket = halves.emplace_back(f.io);
    socket.connect({boost::asio::ip::address_v4::loopback(), f.port()});
    boost::asio::write(socket, boost::asio::buffer(std::string("GET / HTTP/1.1\r\nHo")));
  }
  Visitor last(f.io, f.port());
  last.say(kGet);
  Duration waited{};
  while (last.heard().empty() && waited < 5s) {
    for (int i = 0; i < 200 && last.heard().empty(); ++i) drain(f.io);
    f.advance(20ms);
    waited += 20ms;
  }
  CHECK_THAT(last.heard(), Catch::StartsWith("HTTP/1.1 200"));
  CHECK(waited < 1s);
  CHECK(f.server->openConnections() <= 128);
}

TEST_CASE(
    "all bodies together are bounded: beyond it a request is answered 503 with Retry-After, and nothing else "
    "suffers") {
  http::ServerOptions options;
  options.bodyBytes = 100;
  options.allBodiesBytes = 150;
  int busy = 0;
  options.onRefused = [&](std::string_view, unsigned status) { busy += status == 503; };
  ServerFixture f(options);
  const auto head = [](int length) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  Visitor slow(f.io, f.port());
  slow.say(head(100) + "half");
  REQUIRE(f.waitFor(1));
  for (int i = 0; i < 20; ++i) drain(f.io);
  Visitor refused(f.io, f.port());
  refused.say(head(60) + std::string(60, 'x'));
  CHECK_THAT(refused.hearAll(), Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("Retry-After: 5"));
  CHECK(busy == 1);
  Visitor small(f.io, f.port());
  small.say(head(50) + std::string(50, 'x'));
  small.hear("200 OK");
  slow.say(std::string(96, 'x'));
  slow.hear("200 OK");
  // What was held is given back.
  Visitor again(f.io, f.port());
  again.say(head(100) + std::string(100, 'x'));
  again.hear("200 OK");
  CHECK(busy == 1);
}

TEST_CASE("an announced body takes no memory before it comes, so it locks nobody out") {
  http::ServerOptions options;
  options.bodyBytes = 4 << 20;
  options.allBodiesBytes = 8 << 20;
  ServerFixture f(options);
  std::list<Visitor> strangers;
  for (int i = 0; i < 20; ++i) {
    strangers.emplace_back(f.io, f.port());
    strangers.back().say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n1");
  }
  REQUIRE(f.waitFor(20));
  for (int i = 0; i < 20; ++i) drain(f.io);
  Visitor genuine(f.io, f.port());
  genuine.say("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\nConnection: close\r\n\r\n");
  genuine.say(std::string(3'000'000, 'x'));
  CHECK_THAT(genuine.hearAll(), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a request may be refused by its header, before its body is sent") {
  http::ServerOptions options;
  options.admit = [](const ServerRequest& header) -> std::optional<Response> {
    if (header.path == "/open" && header.headers.find("X-Key")) return std::nullopt;
    return http::plainText(401, "not you");
  };
  int refused = 0;
  options.onRefused = [&](std::string_view, unsigned) { ++refused; };
  ServerFixture f(options);
  const auto head = [](const std::string& path, const std::string& field) {
    return "POST " + path + "?q HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n" + field + "\r\n";
  };
  Visitor stranger(f.io, f.port());
  stranger.say(head("/open", "Expect: 100-continue\r\n"));
  CHECK_THAT(stranger.hearAll(), Catch::StartsWith("HTTP/1.1 401 ") && Catch::Contains("not you"));
  Visitor known(f.io, f.port());
  known.say(head("/open", "X-Key: 1\r\n") + std::string(100, 'x'));
  known.hear("/open|q|xxx");
  // Whoever judges reports.
  CHECK(refused == 0);
}

namespace {

// Answers /health with its path and everything else with more than any buffer takes.
Task<Response> large(const ServerRequest& request) {
  Response response;
  response.body = request.path;
  if (request.path != "/health") response.body.assign(20 * 1024 * 1024, 'x');
  co_return response;
}

struct Crowd {
  explicit Crowd(ServerFixture& fixture) : f(fixture) {}
  void come(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      clients.emplace_back(f.io).connect({boost::asio::ip::address_v4::loopback(), f.port()});
      boost::asio::write(clients.back(), boost::asio::buffer(kGet));
    }
    for (int i = 0; i < 20; ++i) drain(f.io);
  }
  ServerFixture& f;
  std::list<peer::Socket> clients;
};

}  // namespace

TEST_CASE("hundreds that ask and do not read keep no health check waiting") {
  http::ServerOptions options;
  options.connections = 3;
  options.reserve = 2;
  SECTION("at the limit of all") {}
  SECTION("at the limit of one peer") {
    options.connections = 100;
    options.connectionsPerPeer = 3;
  }
  options.mayUseReserve = [](std::string_view path) { return path == "/health"; };
  ServerFixture f(options, large);
  Crowd crowd(f);
  crowd.come(3);
  REQUIRE(f.waitFor(3));
  const std::string health = "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 10; ++i) {
    crowd.come(20);
    CHECK_THAT(f.ask(health), Catch::StartsWith("HTTP/1.1 200 "));
  }
  const auto refused = f.ask(kLastGet);
  CHECK_THAT(refused, Catch::StartsWith("HTTP/1.1 503 "));
  CHECK_THAT(refused, Catch::Contains("Retry-After: "));
  crowd.clients.clear();
  REQUIRE(f.waitFor(0));
  CHECK_THAT(f.ask(kLastGet), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("whose client takes nothing of an answer for seconds makes room for others") {
  http::ServerOptions options;
  options.connections = 2;
  ServerFixture f(options, large);
  Crowd crowd(f);
  crowd.come(2);
  REQUIRE(f.waitFor(2));
  Visitor health(f.io, f.port());
  health.say("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  f.advance(1900ms);
  CHECK(health.heard().empty());
  f.advance(200ms);
  health.hear("/health");
}

TEST_CASE("when all places are taken, the peer that has the most makes room") {
  http::ServerOptions options;
  options.address = "0.0.0.0";
  options.connections = 4;
  ServerFixture f(options);
  const auto from = [&](const char* address) {
    auto socket = std::make_unique<peer::Socket>(f.io);
    socket->open(boost::asio::ip::tcp::v4());
    socket->bind({boost::asio::ip::make_address(address), 0});
    socket->connect({boost::asio::ip::address_v4::loopback(), f.port()});
    return socket;
  };
  const auto modest = from("127.0.0.2");
  REQUIRE(f.waitFor(1));
  f.advance(1s);
  std::vector<std::unique_ptr<peer::Socket>> greedy;
  for (int i = 0; i < 3; ++i) greedy.push_back(from("127.0.0.3"));
  REQUIRE(f.waitFor(4));
  Visitor last(f.io, f.port());
  last.say(kGet);
  last.hear("/a|b=c|");
  // The modest one is still served although it has been idle for longest.
  boost::asio::write(*modest, boost::asio::buffer(kLastGet));
  std::string heard(12, ' ');
  std::optional<std::size_t> count;
  boost::asio::async_read(*modest, boost::asio::buffer(heard),
                          [&](boost::system::error_code, std::size_t bytes) { count = bytes; });
  REQUIRE(pumpUntil(f.io, [&] { return count.has_value(); }));
  CHECK(heard == "HTTP/1.1 200");
}

// Authentication
// ----------------------------------------------------------------------------------------------------

TEST_CASE("with a user and a password set, nothing is served without them") {
  http::ServerOptions options;
  options.basicAuthentication = Secret("prometheus:s3cret:x");  // cHJvbWV0aGV1czpzM2NyZXQ6eA==
  ServerFixture f(options);
  const auto ask = [&](const std::string& field) {
    return f.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + field + "\r\n");
  };
  CHECK_THAT(ask("Authorization: Basic cHJvbWV0aGV1czpzM2NyZXQ6eA==\r\n"), Catch::Contains("200 OK"));
  CHECK_THAT(ask("authorization: bASIC cHJvbWV0aGV1czpzM2NyZXQ6eA==\r\n"), Catch::Contains("200 OK"));
  for (const auto* field : {"", "Authorization: Basic\r\n", "Authorization: Basic \r\n",
                            "Authorization: Basic cHJvbWV0aGV1czpzM2NyZXQ6eB==\r\n",
                            "Authorization: Basic cHJvbWV0aGV1czpzM2NyZXQ6eA\r\n",
                            "Authorization: Bearer cHJvbWV0aGV1czpzM2NyZXQ6eA==\r\n",
                            "Authorization: Basic cHJvbWV0aGV1czpzM2NyZXQ6eA== x\r\n"}) {
    INFO(field);
    const auto answer = ask(field);
    CHECK_THAT(answer,
               Catch::StartsWith("HTTP/1.1 401 ") && Catch::Contains("WWW-Authenticate: Basic realm="));
    CHECK_THAT(answer, !Catch::Contains("/||"));
  }
}

// Handlers that fail
// ------------------------------------------------------------------------------------------------

TEST_CASE("a handler that throws gives a 500 without details, and is reported") {
  ServerFixture f({}, [](const ServerRequest& request) -> Task<Response> {
    if (request.path == "/odd") {
      Response response;
      response.headers.add("X", "a\r\nInjected: 1");
      co_return response;
    }
    if (request.path == "/status") {
      Response response;
      response.status = 17;
      co_return response;
    }
    throw std::runtime_error("disk is full of secrets");
  });
  for (const auto* path : {"/throws?key=1", "/odd", "/status"}) {
    const auto answer =
        f.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 500 ") && !Catch::Contains("secrets") &&
                           !Catch::Contains("Injected"));
  }
  REQUIRE(f.failures.size() == 3);
  CHECK(f.failures[0] == "GET /throws: disk is full of secrets");
  CHECK_THAT(f.failures[1], Catch::StartsWith("GET /odd: "));
}

// The end
// -----------------------------------------------------------------------------------------------------------

TEST_CASE("a server that stops hangs up on who is idle and lets running requests finish") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  int asked = 0;
  auto server =
      http::Server::listen(io.get_executor(), clock, {}, [&](const ServerRequest&) -> Task<Response> {
        ++asked;
        if (asked == 2) co_await runtime::sleepFor(clock, 5s);
        co_return Response{};
      }).value();
  const auto port = server->port();
  Visitor idle(io, port);
  idle.say(kGet);
  idle.hear("200 OK");
  Visitor busy(io, port);
  busy.say(kGet);
  REQUIRE(pumpUntil(io, [&] { return asked == 2; }));
  const testing::RunningTask stopping(io, server->stop(10s));
  idle.hearAll();
  CHECK_FALSE(stopping.ended());
  peer::Socket late(io);
  boost::system::error_code refused;
  late.connect({boost::asio::ip::address_v4::loopback(), port}, refused);
  CHECK(refused == boost::asio::error::connection_refused);
  clock.advance(5s);
  CHECK_THAT(busy.hearAll(), Catch::Contains("200 OK") && Catch::Contains("Connection: close"));
  CHECK(pumpUntil(io, [&] { return stopping.ended(); }));
}

TEST_CASE("a server that stops cuts what takes longer than the grace") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  bool asked = false;
  bool cancelled = false;
  auto server =
      http::Server::listen(io.get_executor(), clock, {}, [&](const ServerRequest&) -> Task<Response> {
        asked = true;
        try {
          co_await runtime::sleepFor(clock, 24h);
        } catch (const boost::system::system_error&) {
          cancelled = true;
          throw;
        }
        co_return Response{};
      }).value();
  Visitor busy(io, server->port());
  busy.say(kGet);
  REQUIRE(pumpUntil(io, [&] { return asked; }));
  Visitor halfway(io, server->port());
  halfway.say("GET / HT");
  REQUIRE(pumpUntil(io, [&] { return server->openConnections() == 2; }));
  drain(io);
  const testing::RunningTask stopping(io, server->stop(10s));
  drain(io);
  clock.advance(10s - 1ms);
  drain(io);
  CHECK_FALSE(stopping.ended());
  clock.advance(1ms);
  CHECK(pumpUntil(io, [&] { return stopping.ended(); }));
  CHECK(cancelled);
  CHECK(busy.hearAll().empty());
  CHECK(halfway.hearAll().empty());
}

TEST_CASE("a server that is replaced cuts nobody: who connected before is served, and then let go") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  const auto says = [](const char* name) {
    return [name](const ServerRequest&) -> Task<Response> {
      Response response;
      response.body = name;
      co_return response;
    };
  };
  auto former = http::Server::listen(io.get_executor(), clock, {}, says("former")).value();
  http::ServerOptions options;
  options.port = former->port();
  Visitor kept(io, former->port());
  kept.say(kGet);
  kept.hear("former");
  kept.forget();
  Visitor silent(io, former->port());
  REQUIRE(pumpUntil(io, [&] { return former->openConnections() == 2; }));
  Visitor waiting(io, former->port());  // the system has accepted it, the server has not
  auto next = http::Server::bind(io.get_executor(), clock, options, says("next"), {former.get()}).value();
  next->start();
  former->retire(5s);
  waiting.say(kGet);
  waiting.hear("200 OK");
  kept.say(kGet);
  CHECK_THAT(kept.hearAll(), Catch::Contains("former") && Catch::Contains("Connection: close"));
  Visitor later(io, next->port());
  later.say(kGet);
  later.hear("next");
  CHECK_FALSE(silent.closed());
  clock.advance(5s);
  CHECK(silent.hearAll().empty());
  for (auto* server : {former.get(), next.get()}) {
    const testing::RunningTask stopping(io, server->stop(1s));
    REQUIRE(pumpUntil(io, [&] { return stopping.ended(); }));
  }
}

TEST_CASE("who was accepted by the system is served also if the port changes") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  auto former = http::Server::listen(io.get_executor(), clock, {}, echo).value();
  std::list<Visitor> visitors;
  for (int i = 0; i < 30; ++i) visitors.emplace_back(io, former->port());
  former->retire(5s);
  for (auto& visitor : visitors) visitor.say(kGet);
  for (auto& visitor : visitors) CHECK_THAT(visitor.hearAll(), Catch::Contains("200 OK"));
  const testing::RunningTask stopping(io, former->stop(1s));
  REQUIRE(pumpUntil(io, [&] { return stopping.ended(); }));
}

TEST_CASE("two servers may swap their ports") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  auto a = http::Server::listen(io.get_executor(), clock, {}, echo).value();
  auto b = http::Server::listen(io.get_executor(), clock, {}, echo).value();
  const std::vector<const http::Server*> giving{a.get(), b.get()};
  http::ServerOptions options;
  options.port = b->port();
  auto a2 = http::Server::bind(io.get_executor(), clock, options, echo, giving).value();
  options.port = a->port();
  auto b2 = http::Server::bind(io.get_executor(), clock, options, echo, giving).value();
  for (auto* server : {a.get(), b.get()}) server->retire(0s);
  for (auto* server : {a2.get(), b2.get()}) {
    server->start();
    Visitor visitor(io, server->port());
    visitor.say(kGet);
    visitor.hear("/a|b=c|");
  }
  for (auto* server : {a.get(), b.get(), a2.get(), b2.get()}) {
    const testing::RunningTask stopping(io, server->stop(0s));
    clock.advance(1s);
    REQUIRE(pumpUntil(io, [&] { return stopping.ended(); }));
  }
}

TEST_CASE("a server whose predecessor has the port with another address says so") {
  ServerFixture f;
  http::ServerOptions wide;
  wide.address = "0.0.0.0";
  wide.port = f.port();
  const auto refused = http::Server::bind(f.io.get_executor(), f.clock, wide, echo, {f.server.get()}).error();
  CHECK_THAT(refused.text, Catch::Contains("restart it to change the address"));
}

TEST_CASE("a server that cannot listen says why") {
  ServerFixture f;
  http::ServerOptions taken;
  taken.port = f.port();
  const auto listen = [&](http::ServerOptions options) {
    return http::Server::listen(f.io.get_executor(), f.clock, std::move(options), echo).error();
  };
  CHECK(listen(taken).kind == Error::Kind::unavailable);
  CHECK_THAT(listen(taken).text, Catch::Contains("127.0.0.1:" + std::to_string(f.port())) &&
                                     Catch::Contains("Address already in use"));
  http::ServerOptions odd;
  odd.address = "localhost";
  CHECK(listen(odd).kind == Error::Kind::invalid);
  CHECK_THAT(listen(odd).text, Catch::Contains("\"localhost\""));
}

TEST_CASE("the client's requests and the server's answers fit together") {
  ServerFixture f;
  http::Client client(f.io.get_executor(), f.clock, {});
  const auto ask = [&](http::Request request) {
    return testing::runTask(f.io, client.send(std::move(request)));
  };
  CHECK(ask(testing::get(f.url("/x?y")))->body == "/x|y|");
  for (const auto size : std::initializer_list<std::size_t>{0, 1, 4096, 5000, 100'000, 1'000'000}) {
    const std::string body(size, 'b');
    const auto answer = ask(testing::post(f.url("/p"), body));
    REQUIRE(answer.ok());
    CHECK(answer->body == "/p||" + body);
    CHECK(f.server->openConnections() == 1);
  }
  client.closeIdle();
  CHECK(f.waitFor(0));
}

namespace {

/// A body of some pieces, and an error or its end behind them.
class Pieces final : public http::BodySource {
 public:
  Pieces(std::vector<std::string> pieces, std::optional<Error> error)
      : pieces_(std::move(pieces)), error_(std::move(error)) {}
  Task<Result<std::string>> next() override {
    ++asked;
    if (given_ < pieces_.size()) co_return pieces_[given_++];
    if (error_) co_return *error_;
    co_return std::string();
  }
  std::size_t asked = 0;

 private:
  std::vector<std::string> pieces_;
  std::optional<Error> error_;
  std::size_t given_ = 0;
};

struct SourceFixture : ServerFixture {
  SourceFixture() : ServerFixture({}, [this](const ServerRequest&) { return answer(this); }) {}
  static Task<Response> answer(SourceFixture* self) {
    Response response;
    response.headers.add("Content-Type", "text/csv");
    response.source = self->pieces;
    co_return response;
  }
  std::shared_ptr<Pieces> pieces =
      std::make_shared<Pieces>(std::vector<std::string>{"one\n", "two\n"}, std::nullopt);
};

}  // namespace

TEST_CASE_METHOD(SourceFixture,
                 "a body that is made while it is sent comes in chunks, and the connection stays") {
  Visitor visitor(io, port());
  visitor.say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto heard = visitor.hear("0\r\n\r\n");
  CHECK(heard.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(heard.find("Content-Length") == std::string::npos);
  CHECK(heard.ends_with("\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n"));
  visitor.forget();
  visitor.say("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  visitor.hear("0\r\n\r\n");
}

TEST_CASE_METHOD(SourceFixture,
                 "a client of HTTP/1.0 gets such a body without chunks, up to the connection's end") {
  const auto heard = ask("GET /a HTTP/1.0\r\n\r\n");
  CHECK(heard.find("Transfer-Encoding") == std::string::npos);
  CHECK(heard.ends_with("\r\n\r\none\ntwo\n"));
}

TEST_CASE_METHOD(SourceFixture,
                 "a body that fails on the way ends the connection, so that it is not taken as whole") {
  const Error broken{Error::Kind::ioError, "the disk is gone"};
  pieces = std::make_shared<Pieces>(std::vector<std::string>{"one\n"}, broken);
  const auto heard = ask("GET /a?secret=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(heard.ends_with("4\r\none\n\r\n"));
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == "GET /a: the disk is gone");
}

TEST_CASE_METHOD(SourceFixture, "HEAD makes nothing of such a body") {
  const auto heard = ask("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(heard.ends_with("\r\n\r\n"));
  CHECK(pieces->asked == 0);
}
