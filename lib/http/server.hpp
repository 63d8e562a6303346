// Server: HTTP/1.1 and TLS for others to ask us: Prometheus, a browser, the provider's event stream.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"
#include "runtime/task.hpp"

namespace arrivald::http {

/// Views into the connection's buffers: valid until the handler's task ends.
struct ServerRequest {
  std::string_view method;
  std::string_view path;   ///< percent-encoded as it came, without the query
  std::string_view query;  ///< without the question mark
  Headers headers;
  /// Followed by at least 64 readable bytes, as fast parsers want.
  std::string_view body;
  std::string peer;  ///< "127.0.0.1"

  /// The first value of `name` in the query, percent-decoded.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// An answer for people and scripts: the text and a line end.
Response plainText(unsigned status, std::string text);

/// Every answer gets X-Content-Type-Options: nosniff and its length; nothing else is added. What it throws
/// becomes a 500.
using Handler = std::function<runtime::Task<Response>(const ServerRequest&)>;

/// Finds the handler of a method and a path. Paths match whole; one that ends in "/*" matches everything
/// below.
class Router {
 public:
  void add(std::string method, std::string path, Handler handler);
  /// 404 for an unknown path, 405 with Allow for a known one; HEAD is answered by GET's handler.
  runtime::Task<Response> dispatch(const ServerRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::string path;
    Handler handler;
  };
  std::vector<Route> routes_;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: any free port, see Server::port()
  std::string certificateFile;  ///< PEM chain; with keyFile: TLS 1.2 and later
  std::string keyFile;
  /// "user:password" asked of every request by HTTP basic authentication; empty: none.
  Secret basicAuthentication;
  /// When there are as many, the one that has been idle for longest makes room, or one that has not got its
  /// header together for a second; if all are busy, new ones wait.
  std::size_t connections = 256;
  std::size_t headerBytes = 16 * 1024;
  std::size_t bodyBytes = 1024 * 1024;
  /// Of all requests under way together; beyond it a request with a body gets a 503 with Retry-After.
  std::size_t allBodiesBytes = SIZE_MAX;
  /// Called for each request that the server answers by itself: too large, malformed, or too much at once.
  /// `path` is empty where it was not read.
  std::function<void(std::string_view path, unsigned status)> onRefused;
  Duration headerWithin =
      std::chrono::seconds(10);  ///< TLS handshake and header, each from its begin to its end
  Duration bodyWithin = std::chrono::seconds(30);  ///< a body's, and the reading of an answer
  Duration idleFor = std::chrono::seconds(75);     ///< between two requests
  /// Told of what a handler threw, or of an answer that cannot be sent: "GET /metrics" and the reason. The
  /// peer gets a 500.
  std::function<void(std::string_view where, std::string_view what)> onFailure;
};

/// Loop thread only. stop() before destruction, if it was started; the handler must outlive it.
class Server {
 public:
  /// Binds and starts to serve: bind() and start().
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor, Clock& clock,
                                                ServerOptions options, Handler handler);
  /// Binds, and accepts nothing before start(). Where `predecessor` listens at the same address and port it
  /// hands its socket over: both may then accept, no connection is refused while one replaces the other, and
  /// the predecessor is not changed. Error::Kind::unavailable if the address is taken, ::invalid for a bad
  /// certificate.
  static Result<std::unique_ptr<Server>> bind(boost::asio::any_io_executor executor, Clock& clock,
                                              ServerOptions options, Handler handler,
                                              const Server* predecessor = nullptr);
  void start();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::uint16_t port() const;
  std::size_t openConnections() const;

  /// Takes no more connections, lets running requests finish within `grace`, then cuts them.
  runtime::Task<> stop(Duration grace);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::http
