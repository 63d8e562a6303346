// TLS on both ends, with authorities and certificates made for the test.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "fixture.hpp"
#include "http/server.hpp"
#include "support/certificates.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using http::Failure;
using runtime::Task;
using testing::Certificates;
using testing::ClientFixture;
using testing::RawPeer;
namespace peer = testing::peer;
namespace ssl = boost::asio::ssl;

namespace {

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

Task<http::Response> hello(const http::ServerRequest& request) {
  http::Response response;
  response.body = "hello " + std::string(request.path) + std::string(request.body);
  co_return response;
}

// A server with a certificate, and a client that trusts its authority.
struct TlsFixture : ClientFixture {
  explicit TlsFixture(const Certificates& served = certificates(),
                      const std::string& trusted = certificates().authorityFile(),
                      http::ClientOptions options = {})
      : ClientFixture(trusting(std::move(options), trusted)) {
    http::ServerOptions wanted;
    wanted.certificateFile = served.certificateFile();
    wanted.keyFile = served.keyFile();
    server = http::Server::listen(io.get_executor(), clock, wanted, hello).value();
  }
  ~TlsFixture() {
    client.closeIdle();
    testing::RunningTask stopping(io, server->stop(0s));
    clock.advance(5s);
    if (!testing::pumpUntil(io, [&] { return stopping.ended(); })) std::abort();
  }
  static http::ClientOptions trusting(http::ClientOptions options, const std::string& file) {
    options.caFile = file;
    return options;
  }
  std::string url(const std::string& host, const std::string& path = "/") const {
    return "https://" + host + ":" + std::to_string(server->port()) + path;
  }
  std::unique_ptr<http::Server> server;
};

// What a peer does that speaks TLS with `served` as OpenSSL lets it, and then lives `script`.
using TlsStream = ssl::stream<peer::Socket&>;
RawPeer::Script tlsPeer(std::shared_ptr<ssl::context> context,
                        std::function<Task<>(TlsStream&)> script = nullptr) {
  return [context, script](peer::Socket& socket, int) -> Task<> {
    TlsStream stream(socket, *context);
    auto [error] = co_await stream.async_handshake(ssl::stream_base::server, peer::kAsTuple);
    if (!error && script) co_await script(stream);
  };
}

std::shared_ptr<ssl::context> served(const Certificates& by) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->use_certificate_chain_file(by.certificateFile());
  context->use_private_key_file(by.keyFile(), ssl::context::pem);
  return context;
}

void allowOldVersions(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
}

Task<> readAndSay(TlsStream& stream, std::string text) {
  char bytes[4096];
  const auto room = boost::asio::buffer(bytes);
  auto [error, count] = co_await stream.async_read_some(room, peer::kAsTuple);
  static_cast<void>(error);
  static_cast<void>(count);
  const auto said = boost::asio::buffer(text);
  auto [writeError, written] = co_await boost::asio::async_write(stream, said, peer::kAsTuple);
  static_cast<void>(writeError);
  static_cast<void>(written);
}

}  // namespace

TEST_CASE("a peer with a trusted certificate for its name is accepted, and its connection kept") {
  TlsFixture f;
  CHECK(f.ask(f.url("localhost", "/a"))->body == "hello /a");
  CHECK(f.ask(f.url("localhost", "/b"))->body == "hello /b");
  CHECK(f.server->openConnections() == 1);
  CHECK(f.ask(f.url("127.0.0.1", "/c"))->body == "hello /c");
  CHECK(f.client.idleConnections() == 2);
  const std::string large(500'000, 'x');
  CHECK(f.ask(testing::post(f.url("localhost", "/"), large))->body == "hello /" + large);
}

TEST_CASE("a pinned certificate is accepted whatever its name and dates, and any other is refused") {
  Certificates::Wanted wanted;
  wanted.names = "DNS:mail.example.jp";
  wanted.notAfter = -60;
  const Certificates own(wanted), other;
  http::ClientOptions options;
  options.pinnedCertificate = own.certificateFile();
  TlsFixture f(own, "", options);
  CHECK(f.ask(f.url("127.0.0.1", "/a"))->body == "hello /a");
  options.pinnedCertificate = other.certificateFile();
  TlsFixture g(own, "", options);
  const auto refused = g.ask(g.url("127.0.0.1"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == Failure::Kind::tls);
  CHECK_THAT(refused.error().text, Catch::Contains("another certificate") && !Catch::Contains("ca_file"));
  options.pinnedCertificate = "/nowhere/certificate.pem";
  TlsFixture h(own, "", options);
  CHECK_THAT(h.ask(h.url("127.0.0.1")).error().text, Catch::Contains("/nowhere/certificate.pem"));
}

TEST_CASE("a peer with an untrusted certificate is refused, with the remedy") {
  TlsFixture f(certificates(), "");  // the system's authorities
  const auto answer = f.ask(f.url("localhost", "/SECRET"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::tls);
  CHECK_THAT(answer.error().text, Catch::StartsWith("localhost:") && Catch::Contains("http.ca_file") &&
                                      !Catch::Contains("SECRET"));

  const Certificates others;
  TlsFixture wrong(certificates(), others.authorityFile());
  CHECK(wrong.ask(wrong.url("localhost")).error().kind == Failure::Kind::tls);
}

TEST_CASE("a certificate for another name or address is refused") {
  Certificates::Wanted wanted;
  wanted.names = "DNS:other.example,DNS:*.wild.example,IP:127.0.0.2";
  const Certificates other(wanted);
  TlsFixture f(other, other.authorityFile());
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    const auto answer = f.ask(f.url(host));
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == Failure::Kind::tls);
    CHECK_THAT(answer.error().text, Catch::Contains("is for another name"));
  }
}

TEST_CASE("a certificate that is not valid now is refused") {
  Certificates::Wanted past;
  past.notBefore = -7200;
  past.notAfter = -3600;
  const Certificates expired(past);
  TlsFixture f(expired, expired.authorityFile());
  const auto answer = f.ask(f.url("localhost"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::tls);
  CHECK_THAT(answer.error().text, Catch::Contains("expired") && Catch::Contains("clock"));

  Certificates::Wanted future;
  future.notBefore = 3600;
  future.notAfter = 7200;
  const Certificates early(future);
  TlsFixture g(early, early.authorityFile());
  CHECK_THAT(g.ask(g.url("localhost")).error().text, Catch::Contains("not valid now"));
}

TEST_CASE("authorities that cannot be loaded are named") {
  TlsFixture missing(certificates(), "/nonexistent/authority.pem");
  const auto answer = missing.ask(missing.url("localhost"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::tls);
  CHECK_THAT(answer.error().text, Catch::Contains("/nonexistent/authority.pem"));
}

TEST_CASE("the client asks for the host by name, and for an address without one") {
  std::vector<std::string> names;
  auto context = served(certificates());
  SSL_CTX_set_tlsext_servername_callback(
      context->native_handle(), +[](SSL* connection, int*, void* to) {
        const auto* name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
        static_cast<std::vector<std::string>*>(to)->push_back(name ? name : "none");
        return SSL_TLSEXT_ERR_OK;
      });
  SSL_CTX_set_tlsext_servername_arg(context->native_handle(), &names);
  ClientFixture f(TlsFixture::trusting({}, certificates().authorityFile()));
  RawPeer server(f.io, tlsPeer(context, [](TlsStream& stream) {
                   return readAndSay(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                 }));
  CHECK(f.ask("https://localhost:" + std::to_string(server.port())).ok());
  CHECK(f.ask("https://127.0.0.1:" + std::to_string(server.port())).ok());
  CHECK(names == std::vector<std::string>{"localhost", "none"});
}

TEST_CASE("a peer that speaks only old TLS is refused, one with TLS 1.2 is not") {
  const auto ask = [](int max) {
    auto context = served(certificates());
    allowOldVersions(context->native_handle());
    SSL_CTX_set_max_proto_version(context->native_handle(), max);
    ClientFixture f(TlsFixture::trusting({}, certificates().authorityFile()));
    RawPeer server(f.io, tlsPeer(context, [](TlsStream& stream) {
                     return readAndSay(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                   }));
    return f.ask("https://localhost:" + std::to_string(server.port()));
  };
  CHECK(ask(TLS1_2_VERSION).ok());
  const auto old = ask(TLS1_1_VERSION);
  REQUIRE_FALSE(old.ok());
  CHECK(old.error().kind == Failure::Kind::tls);
  CHECK_THAT(old.error().text, Catch::Contains("not support TLS 1.2"));
}

TEST_CASE("a peer without TLS is distinguished from an untrusted one") {
  ClientFixture f;
  RawPeer babbling(
      f.io, [](peer::Socket& socket, int) { return peer::say(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto answer = f.ask("https://" + babbling.authority());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::tls);
  CHECK_THAT(answer.error().text, Catch::Contains("is http:// meant?"));

  RawPeer closing(f.io, [](peer::Socket& socket, int) -> Task<> {
    char bytes[512];
    const auto room = boost::asio::buffer(bytes);
    auto [error, count] = co_await socket.async_read_some(room, peer::kAsTuple);
    static_cast<void>(error);
    static_cast<void>(count);
  });
  const auto closed = f.ask("https://" + closing.authority());
  REQUIRE_FALSE(closed.ok());
  CHECK(closed.error().kind == Failure::Kind::closed);
  CHECK_THAT(closed.error().text, Catch::Contains("handshake"));
}

TEST_CASE("a peer that does not finish the handshake is given up") {
  ClientFixture f;
  RawPeer silent(f.io, [](peer::Socket& socket, int) { return peer::holdOpen(socket); });
  f.start(testing::get("https://" + silent.authority()));
  REQUIRE(testing::pumpUntil(f.io, [&] { return silent.taken() == 1; }));
  f.advance(10s - 1ms);
  CHECK_FALSE(f.ended());
  f.advance(1ms);
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::timedOut);
  CHECK_THAT(answer.error().text, Catch::Contains("no TLS handshake within 10s"));
}

TEST_CASE("over TLS an answer of unknown length must end with close_notify, or it was truncated") {
  for (const bool properly : {true, false}) {
    ClientFixture f(TlsFixture::trusting({}, certificates().authorityFile()));
    RawPeer server(f.io, tlsPeer(served(certificates()), [properly](TlsStream& stream) -> Task<> {
                     co_await readAndSay(stream, "HTTP/1.1 200 OK\r\n\r\nhello");
                     if (!properly) co_return;
                     auto [error] = co_await stream.async_shutdown(peer::kAsTuple);
                     static_cast<void>(error);
                   }));
    const auto answer = f.ask("https://localhost:" + std::to_string(server.port()));
    CHECK(answer.ok() == properly);
    if (properly) {
      CHECK(answer->body == "hello");
    } else {
      CHECK(answer.error().kind == Failure::Kind::closed);
    }
  }
}

TEST_CASE("a kept TLS connection that the peer has ended is not used again") {
  TlsFixture f;
  CHECK(f.ask(f.url("localhost")).ok());
  f.clock.advance(76s);  // longer than the server lets it idle; the client would have closed it after 50
  REQUIRE(testing::pumpUntil(f.io, [&] { return f.server->openConnections() == 0; }));
  CHECK(f.ask(testing::post(f.url("localhost"), "x")).ok());
}

TEST_CASE("a request is cancelled in the middle of a TLS answer") {
  ClientFixture f(TlsFixture::trusting({}, certificates().authorityFile()));
  bool said = false;
  RawPeer server(f.io, tlsPeer(served(certificates()), [&said](TlsStream& stream) -> Task<> {
                   co_await readAndSay(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                   said = true;
                   co_await peer::holdOpen(stream.next_layer());
                 }));
  f.start(testing::get("https://localhost:" + std::to_string(server.port())));
  REQUIRE(testing::pumpUntil(f.io, [&] { return said; }));
  testing::drain(f.io);
  f.running->cancel();
  const auto answer = f.finish();
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == Failure::Kind::cancelled);
}

// Through a proxy
// ---------------------------------------------------------------------------------------------------

namespace {

// Copies bytes until one side ends.
Task<> copy(peer::Socket& from, peer::Socket& to) {
  char bytes[16384];
  for (;;) {
    const auto room = boost::asio::buffer(bytes);
    auto [error, count] = co_await from.async_read_some(room, peer::kAsTuple);
    if (error) break;
    co_await peer::say(to, std::string(bytes, count));
  }
  boost::system::error_code ignored;
  to.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

// A proxy that takes CONNECT to any port and leads to that port of this machine.
RawPeer::Script tunnelling(std::vector<std::string>& heard) {
  return [&heard](peer::Socket& socket, int) -> Task<> {
    const auto header = co_await peer::hear(socket);
    heard.push_back(header);
    const auto executor = socket.get_executor();
    const auto behind = std::make_shared<peer::Socket>(executor);
    const auto colon = header.find(':');
    const boost::asio::ip::tcp::endpoint endpoint(
        boost::asio::ip::address_v4::loopback(),
        static_cast<unsigned short>(std::stoi(header.substr(colon + 1))));
    co_await behind->async_connect(endpoint, boost::asio::use_awaitable);
    co_await peer::say(socket, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    const auto ended = std::make_shared<bool>(false);
    auto backwards = [](std::shared_ptr<peer::Socket> from, peer::Socket& to,
                        std::shared_ptr<bool> done) -> Task<> {
      co_await copy(*from, to);
      *done = true;
    };
    boost::asio::co_spawn(executor, backwards(behind, socket, ended), boost::asio::detached);
    co_await copy(socket, *behind);
    while (!*ended) co_await boost::asio::post(boost::asio::use_awaitable);
  };
}

}  // namespace

TEST_CASE("https goes through the proxy by CONNECT, which sees the host and its own password only") {
  std::vector<std::string> heard;
  TlsFixture f;
  RawPeer proxy(f.io, tunnelling(heard));
  http::ClientOptions options;
  options.caFile = certificates().authorityFile();
  options.proxy = Secret("http://us%20er:pass@" + proxy.authority());
  http::Client client(f.io.get_executor(), f.clock, options);
  auto request = testing::get(f.url("localhost", "/SECRET"));
  request.headers.add("Authorization", "Bearer SECRET");
  const auto ask = [&] { return testing::runTask(f.io, client.send(request)); };
  CHECK(ask()->body == "hello /SECRET");
  CHECK(ask()->body == "hello /SECRET");
  REQUIRE(heard.size() == 1);  // kept
  const auto authority = "localhost:" + std::to_string(f.server->port());
  CHECK(heard[0] == "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                        "\r\nUser-Agent: arrivald\r\nProxy-Authorization: Basic dXMgZXI6cGFzcw==\r\n\r\n");
  client.closeIdle();
  REQUIRE(testing::pumpUntil(f.io, [&] { return f.server->openConnections() == 0; }));
}

// The server's end
// --------------------------------------------------------------------------------------------------

namespace {

// The version that a visitor and the server agree on when the visitor speaks `max` at most, or "refused".
Task<std::string> agreedVersion(unsigned short port, int max) {
  const auto executor = co_await boost::asio::this_coro::executor;
  ssl::context context(ssl::context::tls_client);
  allowOldVersions(context.native_handle());
  SSL_CTX_set_max_proto_version(context.native_handle(), max);
  ssl::stream<peer::Socket> stream(executor, context);
  const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
  co_await stream.next_layer().async_connect(endpoint, boost::asio::use_awaitable);
  auto [error] = co_await stream.async_handshake(ssl::stream_base::client, peer::kAsTuple);
  if (error) co_return std::string("refused");
  co_return std::string(SSL_get_version(stream.native_handle()));
}

}  // namespace

TEST_CASE("the server speaks TLS 1.2 and 1.3 and nothing older") {
  TlsFixture f;
  const auto agreed = [&](int max) { return testing::runTask(f.io, agreedVersion(f.server->port(), max)); };
  CHECK(agreed(TLS1_3_VERSION) == "TLSv1.3");
  CHECK(agreed(TLS1_2_VERSION) == "TLSv1.2");
  CHECK(agreed(TLS1_1_VERSION) == "refused");
}

TEST_CASE("the server ends a TLS connection with close_notify, so that truncation is detected") {
  TlsFixture f;
  const auto lastWord = [](unsigned short port) -> Task<boost::system::error_code> {
    const auto executor = co_await boost::asio::this_coro::executor;
    ssl::context context(ssl::context::tls_client);
    ssl::stream<peer::Socket> stream(executor, context);
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
    co_await stream.next_layer().async_connect(endpoint, boost::asio::use_awaitable);
    co_await stream.async_handshake(ssl::stream_base::client, boost::asio::use_awaitable);
    const std::string text = "GET / HTTP/1.0\r\n\r\n";
    const auto said = boost::asio::buffer(text);
    co_await boost::asio::async_write(stream, said, boost::asio::use_awaitable);
    for (;;) {
      char bytes[4096];
      const auto room = boost::asio::buffer(bytes);
      auto [error, count] = co_await stream.async_read_some(room, peer::kAsTuple);
      static_cast<void>(count);
      if (error) co_return error;
    }
  };
  CHECK(testing::runTask(f.io, lastWord(f.server->port())) == boost::asio::error::eof);
}

TEST_CASE("who does not begin TLS with a TLS server is cut") {
  TlsFixture f;
  testing::RunningTask silent(f.io, [](unsigned short port) -> Task<> {
    const auto heard = co_await testing::sayAndHear(port, "");
    CHECK(heard.empty());
  }(f.server->port()));
  REQUIRE(testing::pumpUntil(f.io, [&] { return f.server->openConnections() == 1; }));
  testing::drain(f.io);
  f.clock.advance(10s);
  CHECK(testing::pumpUntil(f.io, [&] { return silent.ended(); }));
  const auto plain =
      testing::runTask(f.io, testing::sayAndHear(f.server->port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(plain.find("hello") == std::string::npos);
}

TEST_CASE("a certificate or key that cannot be used is named") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  const auto problem = [&](std::string certificate, std::string key) {
    http::ServerOptions options;
    options.certificateFile = std::move(certificate);
    options.keyFile = std::move(key);
    return http::Server::listen(io.get_executor(), clock, options, hello).error();
  };
  const Certificates other;
  CHECK_THAT(problem("/nonexistent/c.pem", certificates().keyFile()).text,
             Catch::Contains("certificate /nonexistent/c.pem"));
  CHECK_THAT(problem(certificates().certificateFile(), "/nonexistent/k.pem").text,
             Catch::Contains("private key /nonexistent/k.pem"));
  CHECK_THAT(problem(certificates().certificateFile(), "").text, Catch::Contains("private key"));
  CHECK_THAT(problem(certificates().certificateFile(), other.keyFile()).text,
             Catch::Contains(other.keyFile()));
  CHECK(problem(certificates().keyFile(), certificates().keyFile()).kind == Error::Kind::invalid);
}
