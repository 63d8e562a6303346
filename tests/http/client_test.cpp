// The client against peers that say exactly what a test wants, over real sockets of the loopback.
#include <boost/asio/post.hpp>

#include "fixture.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using http::Failure;
using runtime::Task;
using testing::ClientFixture;
using testing::get;
using testing::post;
using testing::RawPeer;
namespace peer = testing::peer;

namespace {

// Takes requests on one connection for as long as it lasts; each answer is the number of the connection and
// of the request on it. `heard` gets every header.
RawPeer::Script numbering(std::vector<std::string>& heard) {
  return [&heard](peer::Socket& socket, int connection) -> Task<> {
    for (int i = 0;; ++i) {
      const auto header = co_await peer::hear(socket);
      if (header.empty()) co_return;
      heard.push_back(header);
      const auto body = std::to_string(connection) + "." + std::to_string(i);
      co_await peer::say(
          socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  };
}

}  // namespace

TEST_CASE("a request goes out with what HTTP asks for and what the caller adds") {
  ClientFixture f;
  std::vector<std::string> heard;
  RawPeer server(f.io, numbering(heard));
  auto request = post(server.url("/v3/mail?a=b%20c"), "");
  request.headers.add("Authorization", "Bearer key");
  REQUIRE(f.ask(std::move(request)).ok());
  REQUIRE(heard.size() == 1);
  CHECK(heard[0] == "POST /v3/mail?a=b%20c HTTP/1.1\r\nHost: " + server.authority() +
                        "\r\nUser-Agent: arrivald\r\nAuthorization: Bearer key\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(f.ask("http://user:p%40ss@" + server.authority()).ok());
  REQUIRE(heard.size() == 2);
  CHECK(heard[1] == "GET / HTTP/1.1\r\nHost: " + server.authority() +
                        "\r\nUser-Agent: arrivald\r\nAuthorization: Basic dXNlcjpwQHNz\r\n\r\n");
}

TEST_CASE("answers are understood in every form that HTTP/1.1 has for them") {
  struct Case {
    const char* name;
    const char* method;
    const char* answer;
    unsigned status;
    const char* body;
  };
  const Case cases[] = {
      {"a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
      {"a length of nothing", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
      {"chunks", "GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", 200,
       "hello"},
      {"chunks and trailers", "GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200,
       "hello"},
      {"no chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, ""},
      {"until the end", "GET", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello"},
      {"HTTP/1.0", "GET", "HTTP/1.0 404 Not Found\r\n\r\nhello", 404, "hello"},
      {"no reason", "GET", "HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n", 503, ""},
      {"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"304 with the length of another answer", "GET",
       "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, ""},
      {"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 200, ""},
      {"100 before it", "GET",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
      {"103 twice before it", "GET",
       "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 "
       "OK\r\nContent-Length: "
       "5\r\n\r\nhello",
       200, "hello"},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    ClientFixture f;
    RawPeer server(f.io, RawPeer::answer(c.answer));
    auto request = get(server.url());
    request.method = c.method;
    const auto answer = f.ask(std::move(request));
    REQUIRE(answer.ok());
    CHECK(answer->status == c.status);
    CHECK(answer->body == c.body);
    CHECK(answer->body.capacity() >= answer->body.size() + (answer->body.empty() ? 0 : 64));
  }
}

TEST_CASE("an answer may come in single bytes") {
  ClientFixture f;
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Odd: 1\r\nx-odd: 2\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "A\r\n0123456789\r\n00\r\nT: 1\r\n\r\n";
  RawPeer server(f.io, [&](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    static_cast<void>(header);
    for (const char c : text) {
      co_await peer::say(socket, std::string(1, c));
      // Gives the client its turn, so that each byte is read alone.
      co_await boost::asio::post(boost::asio::use_awaitable);
      co_await boost::asio::post(boost::asio::use_awaitable);
    }
  });
  const auto answer = f.ask(server.url());
  REQUIRE(answer.ok());
  CHECK(answer->body == "0123456789");
  CHECK(answer->headers.find("X-ODD") == std::string_view("1"));
  CHECK(answer->headers.size() == 3);
}

TEST_CASE("a large answer is taken whole, with room behind it") {
  ClientFixture f;
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  RawPeer server(f.io, RawPeer::answer("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body));
  const auto answer = f.ask(server.url());
  REQUIRE(answer.ok());
  CHECK(answer->body == body);
  CHECK(answer->body.capacity() >= body.size() + 64);
}

// Each kind of failure
// --------------------------------------------------------------------------------------------

TEST_CASE("every malformed answer gives its own error, which names the peer and no secret") {
  struct Case {
    const char* name;
    std::string answer;
    Failure::Kind kind;
    const char* says;
  };
  using K = Failure::Kind;
  const std::string manyInterim = [] {
    std::string text;
    for (int i = 0; i < 20; ++i) text += "HTTP/1.1 103 Early Hints\r\n\r\n";
    return text + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  }();
  const Case cases[] = {
      {"nothing at all", "", K::closed, "no byte of it was received"},
      {"half a header", "HTTP/1.1 200 OK\r\nContent-Le", K::closed, "inside the header"},
      {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", K::closed, "3 of 10 bytes"},
      {"no body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", K::closed, "0 of 10 bytes"},
      {"half the chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", K::closed,
       "the last chunk missing"},
      {"another protocol", "220 mail.example ESMTP ready\r\n", K::protocol, "is not HTTP"},
      {"TLS", "\x15\x03\x01\x00\x02\x02\x28", K::protocol, "is https:// rather than http:// meant"},
      {"an odd version", "HTTP/1.9 200 OK\r\n\r\n", K::protocol, "malformed"},
      {"an odd status", "HTTP/1.1 2OO OK\r\n\r\n", K::protocol, "malformed"},
      {"an odd length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", K::protocol, "malformed"},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", K::protocol,
       "malformed"},
      {"a length and chunks",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", K::protocol,
       "malformed"},
      {"an odd chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", K::protocol,
       "bad chunk"},
      {"a switch of protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", K::protocol, "101"},
      {"endless interim answers", manyInterim, K::protocol, "103"},
      {"a long header", "HTTP/1.1 200 OK\r\nX: " + std::string(3000, 'x') + "\r\n\r\n", K::tooLarge,
       "2000 bytes"},
      {"an endless header", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), K::tooLarge, "2000 bytes"},
      {"a long body", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'), K::tooLarge,
       "100 bytes"},
      {"a length beyond all", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", K::tooLarge,
       "100 bytes"},
      {"a long chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'),
       K::tooLarge, "100 bytes"},
      {"a chunk beyond all", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
       K::tooLarge, "100 bytes"},
      {"long chunks together",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n33\r\n" + std::string(51, 'x') + "\r\n32\r\n" +
           std::string(50, 'x') + "\r\n0\r\n\r\n",
       K::tooLarge, "100 bytes"},
      {"an endless chunk line",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(9000, 'x'), K::tooLarge,
       "100 bytes"},
      {"a long body of unknown size", "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), K::tooLarge,
       "100 bytes"},
  };
  const auto descriptors = testing::openDescriptors();
  for (const auto& c : cases) {
    INFO(c.name);
    ClientFixture f;
    RawPeer server(f.io, RawPeer::answer(c.answer));
    auto request = get(server.url("/services/SECRET-PATH?email=taro@example.jp"));
    request.headers.add("Authorization", "Bearer SECRET-KEY");
    request.limits.headerBytes = 2000;
    request.limits.bodyBytes = 100;
    const auto answer = f.ask(std::move(request));
    REQUIRE_FALSE(answer.ok());
    INFO(answer.error().text);
    CHECK(name(answer.error().kind) == name(c.kind));
    CHECK_THAT(answer.error().text, Catch::StartsWith(server.authority() + ": "));
    CHECK_THAT(answer.error().text, Catch::Contains(c.says));
    CHECK_THAT(answer.error().text, !Catch::Contains("SECRET") && !Catch::Contains("taro"));
    CHECK(f.client.idleConnections() == 0);
  }
  CHECK(testing::openDescriptors() == descriptors);
}

TEST_CASE("limits are met to the byte") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" +
                                       std::string(100, 'x') + "\r\n0\r\n\r\n"));
  auto request = get(server.url());
  request.limits.bodyBytes = 100;
  request.limits.headerBytes = 47;
  CHECK(f.ask(request).ok());
  request.limits.headerBytes = 46;
  CHECK(f.ask(request).error().kind == Failure::Kind::tooLarge);
}

TEST_CASE("a reset in the middle of an answer is a connection that ended") {
  ClientFixture f;
  RawPeer server(f.io, [](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    static_cast<void>(header);
    co_await peer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    socket.set_option(boost::asio::socket_base::linger(true, 0));
  });
  const auto answer = f.ask(server.url());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::closed);
}

TEST_CASE("a port where nobody listens cannot be connected to") {
  ClientFixture f;
  std::string url;
  {
    RawPeer gone(f.io, RawPeer::answer(""));
    url = gone.url("/SECRET");
  }
  testing::drain(f.io);
  const auto answer = f.ask(url);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::connect);
  CHECK_THAT(answer.error().text, Catch::Contains("Connection refused") &&
                                      Catch::Contains("nothing listens at this port of this machine") &&
                                      !Catch::Contains("http.proxy") && !Catch::Contains("firewall") &&
                                      !Catch::Contains("SECRET"));
}

TEST_CASE("a name that cannot be is not resolved") {
  ClientFixture f;
  const std::string host(70, 'a');  // a label has at most 63
  const auto answer = f.ask("http://" + host + ".example/");
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::dns);
  CHECK_THAT(answer.error().text, Catch::Contains("cannot be resolved") && Catch::Contains("DNS"));
}

TEST_CASE("localhost is this machine, also where no file and no server knows the name") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  for (const auto* host : {"localhost", "LOCALHOST", "printer.localhost"}) {
    CAPTURE(host);
    CHECK(f.ask("http://" + std::string(host) + ":" + std::to_string(server.port()) + "/").ok());
  }
}

TEST_CASE("what cannot be sent is refused before anything is done") {
  ClientFixture f;
  const auto refused = [&](http::Request request) {
    const auto answer = f.ask(std::move(request));
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == Failure::Kind::invalidUrl);
    CHECK_THAT(answer.error().text, !Catch::Contains("SECRET"));
  };
  refused(get("SECRET.example/path"));
  refused(get("ftp://SECRET.example/"));
  refused(get("http:///SECRET"));
  auto request = get("http://127.0.0.1:1/");
  request.headers.add("On-Behalf-Of", "SECRET\r\nX-Injected: 1");
  refused(request);
  request.headers = {{"Bad name", "SECRET"}};
  refused(request);
  request.headers = {};
  request.method = "GET / HTTP/1.1\r\nX: SECRET\r\n";
  refused(request);
}

// Time-outs
// ---------------------------------------------------------------------------------------------------------

TEST_CASE("a peer that takes the request and says nothing is given up after the read time-out") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answerAndHold(""));
  const auto descriptors = testing::openDescriptors();
  f.start(get(server.url()));
  REQUIRE(testing::pumpUntil(f.io, [&] { return server.taken() == 1; }));
  f.advance(30s - 1ms);
  CHECK_FALSE(f.ended());
  f.advance(1ms);
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer.error().text, Catch::Contains("nothing was received for 30s"));
  CHECK(testing::openDescriptors() <= descriptors + 1);  // the peer's own end
}

TEST_CASE("the read time-out begins anew with every byte, the total one does not") {
  ClientFixture f;
  const std::string pieces[] = {"HTTP/1.1 200 OK\r\n", "Content-Length: 100\r\n\r\n", "x", "y"};
  int wanted = 0;
  int said = 0;
  RawPeer server(f.io, [&](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    static_cast<void>(header);
    for (const auto& piece : pieces) {
      while (said == wanted) co_await boost::asio::post(boost::asio::use_awaitable);
      co_await peer::say(socket, piece);
      ++said;
    }
    co_await peer::holdOpen(socket);
  });
  auto request = get(server.url());
  request.limits.read = 10s;
  request.limits.total = 35s;
  std::optional<ClientFixture::Answer> answer;
  testing::RunningTask running(f.io, testing::storeInto(answer, f.client.send(request)));
  REQUIRE(testing::pumpUntil(f.io, [&] { return server.taken() == 1; }));
  const auto turn = [&] {
    // The peer's loop never rests, so the loop is turned a fixed number of times.
    for (int i = 0; i < 200; ++i) f.io.run_one();
  };
  for (int i = 1; i <= 4; ++i) {
    turn();
    f.clock.advance(8s);
    wanted = i;
    REQUIRE(testing::pumpUntil(f.io, [&] { return said == i; }));
    if (i < 4) turn();
    CHECK_FALSE(running.ended());
  }
  testing::drain(f.io);
  f.clock.advance(3s);
  REQUIRE(testing::pumpUntil(f.io, [&] { return running.ended(); }));
  REQUIRE_FALSE(answer->ok());
  CHECK(answer->error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer->error().text, Catch::Contains("no complete answer within 35s"));
}

namespace {

// A port whose queue of connections is full, so that a further one gets no answer to its first packet.
struct FullPort {
  explicit FullPort(boost::asio::io_context& io) : acceptor(io), filler(io) {
    acceptor.open(boost::asio::ip::tcp::v4());
    acceptor.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor.listen(0);
    filler.connect(acceptor.local_endpoint());
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
  }
  boost::asio::ip::tcp::acceptor acceptor;
  peer::Socket filler;
};

}  // namespace

TEST_CASE("a peer that does not take the connection is given up after the connect time-out") {
  ClientFixture f;
  const FullPort full(f.io);
  const auto descriptors = testing::openDescriptors();
  f.start(get(full.url()));
  f.advance(10s - 1ms);
  REQUIRE_FALSE(f.ended());
  f.advance(1ms);
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer.error().text, Catch::Contains("no connection within 10s"));
  CHECK(testing::openDescriptors() == descriptors);
}

TEST_CASE("the total time-out bounds the connection as well") {
  ClientFixture f;
  const FullPort full(f.io);
  auto request = get(full.url());
  request.limits.total = 4s;
  f.start(request);
  f.advance(4s);
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK_THAT(answer.error().text, Catch::Contains("within 4s"));
}

TEST_CASE("a peer that does not take a large request is given up") {
  ClientFixture f;
  RawPeer server(f.io, [](peer::Socket& socket, int) { return peer::holdOpen(socket); });
  f.start(post(server.url(), std::string(32 * 1024 * 1024, 'x')));
  REQUIRE(testing::pumpUntil(f.io, [&] { return server.taken() == 1; }));
  testing::drain(f.io);
  f.advance(30s);
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::timedOut);
}

TEST_CASE("an answer by a peer that then refuses the rest of the request is read all the same") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answer("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
  const auto answer = f.ask(post(server.url(), std::string(16 * 1024 * 1024, 'x')));
  REQUIRE(answer.ok());
  CHECK(answer->status == 413);
  CHECK(f.client.idleConnections() == 0);
}

TEST_CASE("an answer given before the request was taken in full is read all the same") {
  ClientFixture f;
  RawPeer server(f.io, [](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    static_cast<void>(header);
    co_await peer::say(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    socket.shutdown(boost::asio::socket_base::shutdown_send);
    const auto rest = co_await peer::hearAll(socket);
    static_cast<void>(rest);
  });
  const auto answer = f.ask(post(server.url(), std::string(4 * 1024 * 1024, 'x')));
  REQUIRE(answer.ok());
  CHECK(answer->status == 413);
  CHECK(answer->body == "no");
}

// Cancellation
// ------------------------------------------------------------------------------------------------------

namespace {

// Cancels when the client has got as far as `reached` says.
void cancelledAt(ClientFixture& f, http::Request request, const std::function<bool()>& reached) {
  const auto descriptors = testing::openDescriptors();
  f.start(std::move(request));
  REQUIRE(testing::pumpUntil(f.io, reached));
  REQUIRE_FALSE(f.ended());
  f.running->cancel();
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(name(answer.error().kind) == name(Failure::Kind::cancelled));
  CHECK(f.client.idleConnections() == 0);
  CHECK(testing::openDescriptors() <= descriptors + 1);  // the peer's own end may still be there
}

}  // namespace

TEST_CASE("a request is cancelled wherever it waits") {
  ClientFixture f;
  SECTION("for the connection") {
    const FullPort full(f.io);
    cancelledAt(f, get(full.url()), [] { return true; });
  }
  SECTION("for the request to be taken") {
    RawPeer server(f.io, [](peer::Socket& socket, int) { return peer::holdOpen(socket); });
    cancelledAt(f, post(server.url(), std::string(32 * 1024 * 1024, 'x')),
                [&] { return server.taken() == 1; });
  }
  SECTION("for the header") {
    RawPeer server(f.io, RawPeer::answerAndHold("HTTP/1.1 200 OK\r\n"));
    cancelledAt(f, get(server.url()), [&] { return server.taken() == 1; });
  }
  SECTION("for the body") {
    RawPeer server(f.io, RawPeer::answerAndHold("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"));
    cancelledAt(f, get(server.url()), [&] { return server.taken() == 1; });
  }
  SECTION("for a chunk") {
    RawPeer server(f.io,
                   RawPeer::answerAndHold("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"));
    cancelledAt(f, get(server.url()), [&] { return server.taken() == 1; });
  }
  SECTION("for the end of an answer without a length") {
    RawPeer server(f.io, RawPeer::answerAndHold("HTTP/1.1 200 OK\r\n\r\nabc"));
    cancelledAt(f, get(server.url()), [&] { return server.taken() == 1; });
  }
  SECTION("for the proxy") {
    RawPeer proxy(f.io, RawPeer::answerAndHold("HTTP/1.1 200"));
    http::ClientOptions options;
    options.proxy = Secret("http://" + proxy.authority());
    http::Client through(f.io.get_executor(), f.clock, options);
    std::optional<ClientFixture::Answer> answer;
    testing::RunningTask running(f.io,
                                 testing::storeInto(answer, through.send(get("https://peer.example/"))));
    REQUIRE(testing::pumpUntil(f.io, [&] { return proxy.taken() == 1; }));
    testing::drain(f.io);
    running.cancel();
    REQUIRE(testing::pumpUntil(f.io, [&] { return running.ended(); }));
    CHECK(answer->error().kind == Failure::Kind::cancelled);
  }
  SECTION("for the TLS handshake") {
    RawPeer server(f.io, [](peer::Socket& socket, int) { return peer::holdOpen(socket); });
    cancelledAt(f, get("https://" + server.authority()), [&] { return server.taken() == 1; });
  }
}

// Looked up on the resolver's thread, and refused there without asking anybody: a label has at most 63
// letters.
const std::string kNoSuchName = "http://" + std::string(70, 'a') + ".example:1/";

TEST_CASE("a request is cancelled while its peer's name is looked up") {
  ClientFixture f;
  std::optional<ClientFixture::Answer> answer;
  testing::RunningTask running(f.io, testing::storeInto(answer, f.client.send(get(kNoSuchName))));
  // Comes before anything that the resolver's thread can report.
  running.cancel();
  REQUIRE(testing::pumpUntil(f.io, [&] { return running.ended(); }));
  if (answer) {
    CHECK(answer->error().kind == Failure::Kind::cancelled);
  } else {
    CHECK_THROWS(running.check());  // cancelled before its first step
  }
}

TEST_CASE("a look-up that takes too long is given up, and left to itself") {
  ClientFixture f;
  auto request = get(kNoSuchName);
  request.limits.connect = 0s;
  const auto answer = f.ask(request);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer.error().text, Catch::Contains("was not resolved within 0s"));
}

TEST_CASE("an answer that comes together with the cancellation is an answer") {
  ClientFixture f;
  RawPeer server(
      f.io, RawPeer::answer("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x')));
  // The cancellation comes on the same turn of the loop as the last byte: whatever is returned must be
  // complete.
  bool answered = false;
  bool cancelled = false;
  for (int turns = 1; turns < 60; ++turns) {
    std::optional<ClientFixture::Answer> answer;
    testing::RunningTask running(f.io, testing::storeInto(answer, f.client.send(get(server.url()))));
    for (int i = 0; i < turns && !running.ended(); ++i) f.io.run_one();
    running.cancel();
    REQUIRE(testing::pumpUntil(f.io, [&] { return running.ended(); }));
    if (!answer) continue;  // before its first step
    if (answer->ok()) {
      answered = true;
      CHECK((*answer)->body.size() == 100'000);
    } else {
      cancelled = true;
      CHECK(name(answer->error().kind) == name(Failure::Kind::cancelled));
    }
  }
  CHECK(answered);
  CHECK(cancelled);
}

// Kept connections
// --------------------------------------------------------------------------------------------------

TEST_CASE("a connection is kept for the next request to the same peer") {
  ClientFixture f;
  std::vector<std::string> heard;
  RawPeer server(f.io, numbering(heard));
  RawPeer other(f.io, numbering(heard));
  CHECK(f.ask(server.url())->body == "0.0");
  CHECK(f.ask(server.url("/elsewhere"))->body == "0.1");
  CHECK(f.ask(other.url())->body == "0.0");
  CHECK(f.ask(post(server.url(), ""))->body == "0.2");
  CHECK(f.client.idleConnections() == 2);
}

TEST_CASE("a connection is not kept where the peer closes it or says more than it announced") {
  for (const auto* text : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                           "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
                           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"}) {
    ClientFixture f;
    RawPeer server(f.io, RawPeer::answerAndHold(text));
    CHECK(f.ask(server.url())->body == "ok");
    CHECK(f.client.idleConnections() == 0);
  }
}

TEST_CASE("a kept connection that the peer has closed meanwhile is not used again") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(f.ask(server.url()).ok());
  CHECK(f.client.idleConnections() == 1);
  REQUIRE(testing::pumpUntil(f.io, [&] { return server.ended() == 1; }));
  // Not even a POST, which must not be repeated, is lost to it.
  CHECK(f.ask(post(server.url(), "x")).ok());
  CHECK(server.taken() == 2);
}

TEST_CASE("a kept connection on which the peer has spoken unasked is not used again") {
  ClientFixture f;
  RawPeer server(f.io, [](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    static_cast<void>(header);
    co_await peer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 20; ++i) co_await boost::asio::post(boost::asio::use_awaitable);
    co_await peer::say(socket, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    co_await peer::holdOpen(socket);
  });
  CHECK(f.ask(server.url())->status == 200);
  testing::drain(f.io);
  CHECK(f.ask(server.url())->status == 200);
  CHECK(server.taken() == 2);
}

namespace {

// The first connection answers one request and dies over the second; later ones are well.
RawPeer::Script dyingOnSecondRequest(std::vector<std::string>& heard) {
  return [&heard](peer::Socket& socket, int connection) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      const auto header = co_await peer::hear(socket);
      heard.push_back(header.substr(0, header.find(' ')));
      if (connection == 0 && i == 1) co_return;
      co_await peer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(connection));
    }
  };
}

}  // namespace

TEST_CASE("a request on a kept connection that dies unanswered is sent once more, if it may be repeated") {
  ClientFixture f;
  std::vector<std::string> heard;
  RawPeer server(f.io, dyingOnSecondRequest(heard));
  CHECK(f.ask(server.url())->body == "0");
  CHECK(f.ask(server.url())->body == "1");
  CHECK(heard == std::vector<std::string>{"GET", "GET", "GET"});

  ClientFixture careful;
  heard.clear();
  RawPeer second(careful.io, dyingOnSecondRequest(heard));
  CHECK(careful.ask(second.url())->body == "0");
  const auto answer = careful.ask(post(second.url(), "charge twice?"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::closed);
  CHECK(heard == std::vector<std::string>{"GET", "POST"});
}

TEST_CASE("a deletion on a kept connection that dies unanswered is not sent again") {
  ClientFixture f;
  std::vector<std::string> heard;
  RawPeer server(f.io, dyingOnSecondRequest(heard));
  CHECK(f.ask(server.url())->body == "0");
  http::Request request;
  request.method = "DELETE";
  request.url = server.url();
  const auto answer = f.ask(std::move(request));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::closed);
  CHECK(heard == std::vector<std::string>{"GET", "DELETE"});
}

TEST_CASE("a request whose answer had begun is not repeated") {
  ClientFixture f;
  RawPeer server(f.io, [](peer::Socket& socket, int) -> Task<> {
    for (const auto* text : {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200"}) {
      const auto header = co_await peer::hear(socket);
      static_cast<void>(header);
      co_await peer::say(socket, text);
    }
  });
  CHECK(f.ask(server.url()).ok());
  const auto answer = f.ask(server.url());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::closed);
  CHECK(server.taken() == 1);
}

TEST_CASE("a request on a new connection is never repeated") {
  ClientFixture f;
  RawPeer server(f.io, RawPeer::answer(""));
  CHECK(f.ask(server.url()).error().kind == Failure::Kind::closed);
  CHECK(server.taken() == 1);
}

TEST_CASE("kept connections are limited in time and in number") {
  http::ClientOptions options;
  options.keptConnections = 2;
  options.keptFor = 50s;
  ClientFixture f(options);
  std::vector<std::string> heard;
  RawPeer a(f.io, numbering(heard));
  RawPeer b(f.io, numbering(heard));
  RawPeer c(f.io, numbering(heard));
  f.ask(a.url()).ok();
  f.ask(b.url()).ok();
  f.advance(10s);
  f.ask(c.url()).ok();
  CHECK(f.client.idleConnections() == 2);
  CHECK(f.ask(b.url())->body == "0.1");
  CHECK(f.ask(a.url())->body == "1.0");  // made room for c
  f.advance(49s);
  REQUIRE(testing::pumpUntil(f.io, [&] { return b.ended() == 0; }));
  CHECK(f.ask(b.url())->body == "0.2");
  f.advance(50s);
  REQUIRE(testing::pumpUntil(f.io, [&] { return b.ended() == 1; }));  // closed by itself, without a request
  CHECK(f.ask(b.url())->body == "1.0");
  f.client.closeIdle();
  CHECK(f.client.idleConnections() == 0);
}

// Proxies
// -----------------------------------------------------------------------------------------------------------

namespace {

http::ClientOptions byProxy(std::string proxy, std::vector<std::string> noProxy = {}) {
  http::ClientOptions options;
  options.proxy = Secret(std::move(proxy));
  options.noProxy = std::move(noProxy);
  return options;
}

// A client whose proxy is in the test.
struct ProxyFixture : ClientFixture {
  ProxyFixture(RawPeer::Script script, const std::string& credentials = "",
               std::vector<std::string> noProxy = {})
      : proxy(io, std::move(script)),
        through(io.get_executor(), clock,
                byProxy("http://" + credentials + proxy.authority(), std::move(noProxy))) {}
  Answer askThrough(std::string url) { return testing::runTask(io, through.send(get(std::move(url)))); }
  RawPeer proxy;
  http::Client through;
};

}  // namespace

TEST_CASE(
    "an http request goes to the proxy with its whole address, and the proxy's connection serves all peers") {
  std::vector<std::string> heard;
  ProxyFixture f(numbering(heard), "user:p%3Ass@");
  CHECK(f.askThrough("http://a.example/x?y")->body == "0.0");
  CHECK(f.askThrough("http://b.example:8080/")->body == "0.1");
  REQUIRE(heard.size() == 2);
  CHECK(heard[0] ==
        "GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\nUser-Agent: "
        "arrivald\r\nProxy-Authorization: Basic "
        "dXNlcjpwOnNz\r\n\r\n");
  CHECK_THAT(heard[1], Catch::StartsWith("GET http://b.example:8080/ HTTP/1.1\r\nHost: b.example:8080\r\n"));
}

TEST_CASE("hosts on the list are reached without the proxy") {
  std::vector<std::string> heard;
  ProxyFixture f(numbering(heard), "", {"127.0.0.1", ".inside.example", "exact.example"});
  std::vector<std::string> direct;
  RawPeer server(f.io, numbering(direct));
  CHECK(f.askThrough(server.url()).ok());
  CHECK(direct.size() == 1);
  CHECK(f.askThrough("http://notinside.example/").ok());
  CHECK(f.askThrough("http://inside.example.org/").ok());
  CHECK(f.askThrough("http://below.exact.example/").ok());
  CHECK(heard.size() == 3);
  // Not by the proxy, which would answer: the name is asked for, and does not exist.
  const std::string noSuchHost = std::string(70, 'a') + ".inside.example";
  CHECK(f.askThrough("http://" + noSuchHost + "/").error().kind == Failure::Kind::dns);
  CHECK(heard.size() == 3);
}

TEST_CASE("a refusal by the proxy is distinguished from one by the server behind it") {
  struct Case {
    const char* name;
    const char* url;
    const char* answer;
    const char* says;
  };
  const Case cases[] = {
      {"407 to CONNECT", "https://peer.example/", "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n",
       "a user and a password"},
      {"407 to GET", "http://peer.example/", "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n",
       "a user and a password"},
      {"403", "https://peer.example/", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "answered 403"},
      {"502", "https://peer.example/", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "answered 502"},
      {"nothing", "https://peer.example/", "", "gave no answer"},
      {"garbage", "https://peer.example/", "SSH-2.0-OpenSSH\r\n", "does not speak HTTP"},
      {"a malformed header", "https://peer.example/", "HTTP/1.1 2x0\r\n\r\n", "does not speak HTTP"},
      {"an early word from behind", "https://peer.example/", "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03",
       "more than its answer"},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    ProxyFixture f(RawPeer::answer(c.answer), "SECRET:SECRET@");
    const auto answer = f.askThrough(c.url);
    REQUIRE_FALSE(answer.ok());
    INFO(answer.error().text);
    CHECK(name(answer.error().kind) == name(Failure::Kind::proxy));
    CHECK_THAT(answer.error().text, Catch::StartsWith("peer.example:") &&
                                        Catch::Contains(f.proxy.authority()) && Catch::Contains(c.says) &&
                                        !Catch::Contains("SECRET"));
  }
}

TEST_CASE("a proxy that cannot be reached, or be told from its address, says so") {
  ClientFixture f;
  std::string gone;
  {
    RawPeer closed(f.io, RawPeer::answer(""));
    gone = closed.authority();
  }
  testing::drain(f.io);
  const auto ask = [&](std::string proxy) {
    http::Client client(f.io.get_executor(), f.clock, byProxy(std::move(proxy)));
    return testing::runTask(f.io, client.send(get("https://peer.example/"))).error();
  };
  CHECK(name(ask("http://" + gone).kind) == "proxy");
  CHECK_THAT(ask("http://" + gone).text,
             Catch::StartsWith("peer.example:443: ") && Catch::Contains("no connection to " + gone));
  CHECK(name(ask("http://" + std::string(70, 'a') + ".example:3128").kind) == "proxy");
  CHECK(name(ask("SECRET").kind) == "invalid_url");
  CHECK(name(ask("https://" + gone).kind) == "invalid_url");
  CHECK_THAT(ask("SECRET").text, Catch::Contains("http.proxy") && !Catch::Contains("SECRET"));
}

TEST_CASE("a proxy that does not answer CONNECT in time is given up") {
  ProxyFixture f(RawPeer::answerAndHold(""));
  std::optional<ClientFixture::Answer> answer;
  testing::RunningTask running(f.io,
                               testing::storeInto(answer, f.through.send(get("https://peer.example/"))));
  REQUIRE(testing::pumpUntil(f.io, [&] { return f.proxy.taken() == 1; }));
  testing::drain(f.io);
  f.advance(10s - 1ms);
  CHECK_FALSE(running.ended());
  f.advance(1ms);
  REQUIRE(testing::pumpUntil(f.io, [&] { return running.ended(); }));
  REQUIRE_FALSE(answer->ok());
  CHECK(answer->error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer->error().text,
             Catch::Contains("the proxy " + f.proxy.authority() + " gave no answer within 10s"));
}
