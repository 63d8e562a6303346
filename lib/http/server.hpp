// Server: an HTTP/1.1 server with optional TLS, for Prometheus, browsers and SendGrid's event webhook.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"
#include "runtime/task.hpp"

namespace arrivald::http {

/// Views into the connection's buffers: valid until the handler's task ends.
struct ServerRequest {
  std::string_view method;
  std::string_view path;   ///< percent-encoded as received, without the query
  std::string_view query;  ///< without the question mark
  Headers headers;
  /// Followed by at least 64 readable bytes, as simdjson requires.
  std::string_view body;
  std::string peer;  ///< "127.0.0.1"

  /// The first value of `name` in the query, percent-decoded.
  std::optional<std::string> parameter(std::string_view name) const;
};
/// Whether the peer is a process of this host; it may be a proxy.
bool isFromThisHost(const ServerRequest& request);

/// A text/plain response: the text and a line end.
Response plainText(unsigned status, std::string text);

/// Handles a request. Each response gets X-Content-Type-Options: nosniff and its Content-Length; no other
/// header is added. An exception becomes a 500.
using Handler = std::function<runtime::Task<Response>(const ServerRequest&)>;

/// Dispatches by method and path. Paths match exactly; one that ends in "/*" matches all paths below it.
class Router {
 public:
  void add(std::string method, std::string path, Handler handler);
  /// Answers what no route does. `allowed`: the methods that the path has, "GET, HEAD"; empty: it is unknown.
  using Unmatched = std::function<Response(const ServerRequest&, std::string_view allowed)>;
  void answerUnmatched(Unmatched answer) { unmatched_ = std::move(answer); }
  /// 404 for an unknown path, 405 for a known one, unless answerUnmatched() says it in other words; a 405 has
  /// Allow in any case. HEAD is answered by GET's handler.
  runtime::Task<Response> dispatch(const ServerRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::string path;
    Handler handler;
  };
  std::vector<Route> routes_;
  Unmatched unmatched_;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: any free port, see Server::port()
  std::string certificateFile;  ///< PEM chain; with keyFile: TLS 1.2 and later
  std::string keyFile;
  /// "user:password" required of each request by HTTP basic authentication; empty: none.
  Secret basicAuthentication;
  /// Limit of open connections. At the limit, one of the peer that has the most is closed for a new one: that
  /// which has been idle for longest, or whose header or body has come too slowly for more than a second (for
  /// less, if its peer has many incomplete headers), or that has taken nothing of its response for two. If
  /// all are busy, new ones wait.
  std::size_t connections = 256;
  /// Of these, as many as one peer may have; 0: all.
  std::size_t connectionsPerPeer = 0;
  /// Further connections that are accepted at either limit, for requests that mayUseReserve(path) lets in:
  /// all others get a 503 at once, so that no queue of them keeps health checks waiting.
  std::size_t reserve = 0;
  std::function<bool(std::string_view path)> mayUseReserve;
  std::size_t headerBytes = 16 * 1024;
  std::size_t bodyBytes = 1024 * 1024;
  /// Limit of what has come of the bodies of all current requests together. Beyond it the oldest body of the
  /// peer that holds the most is cut, or the request gets a 503 with Retry-After.
  std::size_t allBodiesBytes = SIZE_MAX;
  /// Judges a request by its header, before anything of its body is read or takes memory; its body is empty.
  /// A response refuses the request. May be empty.
  std::function<std::optional<Response>(const ServerRequest& header)> admit;
  /// Called for each request that the server itself refuses without calling the handler: malformed, too
  /// large, without valid credentials, beyond allBodiesBytes (503), or with a body that comes too slowly
  /// (408). `path` is empty if the request could not be parsed. May be empty.
  std::function<void(std::string_view path, unsigned status)> onRefused;
  /// Limit of the TLS handshake, and of a header from its first to its last byte.
  Duration headerWithin = std::chrono::seconds(10);
  Duration bodyWithin = std::chrono::seconds(30);  ///< limit of reading a body, and of sending a response
  /// Limit of the time in which a client takes nothing of a response.
  Duration stalledFor = std::chrono::seconds(10);
  /// Least speed of a body, in bytes a second on average, after its first kBodyStart.
  std::size_t minBodyRate = 16 * 1024;
  static constexpr Duration kBodyStart = std::chrono::seconds(5);
  Duration idleFor = std::chrono::seconds(75);  ///< limit of the time between two requests
  /// Called when a handler throws or returns an invalid response, with "GET /metrics" and the reason; the
  /// client gets a 500. May be empty.
  std::function<void(std::string_view where, std::string_view what)> onFailure;
};

/// Resource. Loop thread only. If it was started, stop() must complete before destruction; the handler must
/// outlive the server.
class Server {
 public:
  /// bind() and start().
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor, Clock& clock,
                                                ServerOptions options, Handler handler);
  /// Binds the port; nothing is accepted before start(). One of the `predecessors`, which are about to stop,
  /// that listens on the same address and port shares its socket: both may then accept, no connection is
  /// refused while one replaces the other, and the predecessor is not changed. Fails with
  /// Error::Kind::unavailable if the port is taken, ::invalid if the address or the certificate is invalid.
  static Result<std::unique_ptr<Server>> bind(boost::asio::any_io_executor executor, Clock& clock,
                                              ServerOptions options, Handler handler,
                                              const std::vector<const Server*>& predecessors = {});
  void start();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::uint16_t port() const;
  std::size_t openConnections() const;

  /// Stops accepting. What was accepted is still served, so that nobody is cut while one server replaces
  /// another: a connection without a request may send one within `idleGrace`, and is closed after its
  /// response.
  void retire(Duration idleGrace);
  /// Stops accepting, lets current requests finish within `grace`, then closes all connections. May be called
  /// again while it runs.
  runtime::Task<> stop(Duration grace);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::http
