#include "http/server.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <set>

#include "http/connection.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"

namespace arrivald::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::Task;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPadding = 64;
// A buffer larger than this is given back when its connection falls idle.
constexpr std::size_t kKeptBuffer = 16 * 1024;
constexpr std::size_t kDrained = 256 * 1024;

Response plain(unsigned status, std::string text) {
  Response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
  response.body += '\n';
  return response;
}

bool equalInConstantTime(std::string_view a, std::string_view b) {
  // The length is no secret; the characters are.
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool hasBody(std::string_view method) { return method != "GET" && method != "HEAD"; }

}  // namespace

std::optional<std::string> ServerRequest::parameter(std::string_view name) const {
  for (std::size_t begin = 0; begin <= query.size();) {
    const auto end = std::min(query.find('&', begin), query.size());
    const auto pair = query.substr(begin, end - begin);
    const auto equals = std::min(pair.find('='), pair.size());
    if (percentDecode(pair.substr(0, equals)) == name)
      return equals < pair.size() ? percentDecode(pair.substr(equals + 1)) : std::string();
    begin = end + 1;
  }
  return std::nullopt;
}

void Router::add(std::string method, std::string path, Handler handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

Task<Response> Router::dispatch(const ServerRequest& request) const {
  std::string allowed;
  const auto wanted = request.method == "HEAD" ? std::string_view("GET") : request.method;
  for (const auto& route : routes_) {
    const bool below =
        route.path.ends_with("/*") &&
        request.path.starts_with(std::string_view(route.path).substr(0, route.path.size() - 1));
    if (!below && route.path != request.path) continue;
    if (route.method == wanted) {
      co_return co_await route.handler(request);
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method;
  }
  auto response = allowed.empty() ? plain(404, "not found")
                                  : plain(405, "this address does not take " + std::string(request.method));
  if (!allowed.empty()) response.headers.add("Allow", allowed);
  co_return response;
}

struct Server::State {
  State(asio::any_io_executor on, Clock& by, ServerOptions given, Handler handle)
      : executor(on),
        clock(by),
        options(std::move(given)),
        handler(std::move(handle)),
        acceptor(on),
        room(on, asio::steady_timer::time_point::max()),
        tasks(on, [](std::string_view, std::string_view) {}) {}

  asio::any_io_executor executor;
  Clock& clock;
  ServerOptions options;
  Handler handler;
  std::string expectedAuthorization;
  std::optional<asio::ssl::context> context;
  tcp::acceptor acceptor;
  asio::steady_timer room;  // cancelled when a connection ends
  struct Open {
    Connection* connection;
    bool busy = false;
  };
  std::set<Open*> open;
  bool stopping = false;
  runtime::TaskGroup tasks;

  Task<> acceptAll();
  Task<> serve(std::unique_ptr<Connection> connection);
  template <class Stream>
  Task<> converse(Stream& stream, Connection& connection, Open& entry);
  template <class Stream>
  Task<bool> answerOne(Stream& stream, Connection& connection, Open& entry, std::string& body,
                       const std::string& peer);
  template <class Stream>
  Task<bool> write(Stream& stream, Connection& connection, Response response, bool keepAlive, bool headOnly);
  template <class Stream>
  Task<> refuse(Stream& stream, Connection& connection, Response response);
};

Task<> Server::State::acceptAll() {
  while (!stopping) {
    if (open.size() >= options.connections) {
      room.expires_at(asio::steady_timer::time_point::max());
      auto [waited] = co_await room.async_wait(kAsTuple);
      static_cast<void>(waited);
      continue;
    }
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (stopping) co_return;
    if (error) {
      // Out of descriptors or memory: others must be given back first, so look again a little later.
      co_await runtime::sleepFor(clock, std::chrono::milliseconds(100));
      continue;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_unique<Connection>(std::move(socket), clock);
    tasks.spawn("connection", serve(std::move(connection)));
  }
}

Task<> Server::State::serve(std::unique_ptr<Connection> connection) {
  Open entry{connection.get()};
  struct Registration {
    State& state;
    Open& entry;
    Registration(State& s, Open& e) : state(s), entry(e) { state.open.insert(&entry); }
    ~Registration() {
      state.open.erase(&entry);
      state.room.cancel();
    }
  };
  const Registration registration(*this, entry);
  if (context) {
    connection->startTls(*context);
    connection->deadline.within(options.headerWithin);
    auto [error] = co_await connection->tls->async_handshake(asio::ssl::stream_base::server, kAsTuple);
    if (error) co_return;
    co_await converse(*connection->tls, *connection, entry);
  } else {
    co_await converse(connection->plain, *connection, entry);
  }
}

template <class Stream>
Task<> Server::State::converse(Stream& stream, Connection& connection, Open& entry) {
  error_code ignored;
  const auto endpoint = connection.socket().remote_endpoint(ignored);
  const auto peer = endpoint.address().to_string();
  std::string body;
  connection.deadline.within(options.headerWithin);
  for (;;) {
    const auto more = co_await answerOne(stream, connection, entry, body, peer);
    if (!more || stopping) break;
    entry.busy = false;
    if (body.capacity() > kKeptBuffer) std::string().swap(body);
    if (connection.buffer.size() == 0 && connection.buffer.capacity() > kKeptBuffer)
      connection.buffer.shrink_to_fit();
    connection.deadline.within(options.idleFor);
  }
  connection.deadline.within(std::chrono::seconds(2));
  if constexpr (std::is_same_v<Stream, Connection::Tls>) {
    auto [error] = co_await stream.async_shutdown(kAsTuple);
    static_cast<void>(error);
  }
  connection.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

template <class Stream>
Task<bool> Server::State::write(Stream& stream, Connection& connection, Response response, bool keepAlive,
                                bool headOnly) {
  wire::response<wire::string_body> message;
  message.version(11);
  message.result(response.status);
  message.keep_alive(keepAlive);
  for (const auto& [field, value] : response.headers) message.insert(field, value);
  message.set("X-Content-Type-Options", "nosniff");
  const auto length = response.body.size();
  if (!headOnly) message.body() = std::move(response.body);
  if (response.status != 204 && response.status != 304) message.content_length(length);
  connection.deadline.within(options.bodyWithin);
  if (headOnly) {
    wire::response_serializer<wire::string_body> serializer(message);
    auto [error, count] = co_await wire::async_write_header(stream, serializer, kAsTuple);
    static_cast<void>(count);
    co_return !error && keepAlive;
  }
  auto [error, count] = co_await wire::async_write(stream, message, kAsTuple);
  static_cast<void>(count);
  co_return !error && keepAlive;
}

// Answers and lets the peer read the answer: closing over unread bytes would reset the connection and lose
// it.
template <class Stream>
Task<> Server::State::refuse(Stream& stream, Connection& connection, Response response) {
  const auto written = co_await write(stream, connection, std::move(response), false, false);
  static_cast<void>(written);
  error_code ignored;
  if constexpr (std::is_same_v<Stream, Connection::Plain>)
    connection.plain.shutdown(tcp::socket::shutdown_send, ignored);
  connection.deadline.within(std::chrono::seconds(2));
  std::string sink(4096, '\0');
  for (std::size_t drained = 0; drained < kDrained;) {
    const auto room_ = asio::buffer(sink);
    auto [error, count] = co_await stream.async_read_some(room_, kAsTuple);
    if (error) break;
    drained += count;
  }
}

template <class Stream>
Task<bool> Server::State::answerOne(Stream& stream, Connection& connection, Open& entry, std::string& body,
                                    const std::string& peer) {
  wire::request_parser<wire::buffer_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(options.headerBytes));
  parser.body_limit(options.bodyBytes);
  if (connection.buffer.size() == 0) {
    // The first byte may take as long as a kept connection may idle; the header after it may not.
    const auto space = connection.buffer.prepare(4096);
    auto [error, count] = co_await stream.async_read_some(space, kAsTuple);
    if (error) co_return false;
    connection.buffer.commit(count);
  }
  entry.busy = true;
  connection.deadline.within(options.headerWithin);
  auto [headerError, headerCount] =
      co_await wire::async_read_header(stream, connection.buffer, parser, kAsTuple);
  static_cast<void>(headerCount);
  if (headerError) {
    if (headerError == wire::error::header_limit) {
      auto response = plain(431, "the header is too large");
      co_await refuse(stream, connection, std::move(response));
    } else if (headerError == wire::error::body_limit) {
      auto response = plain(413, fmt::format("the body is larger than {} bytes", options.bodyBytes));
      co_await refuse(stream, connection, std::move(response));
    } else if (headerError.category() == wire::make_error_code(wire::error::bad_version).category() &&
               headerError != wire::error::end_of_stream && headerError != wire::error::partial_message) {
      auto response = plain(400, "this is no HTTP/1.1 request");
      co_await refuse(stream, connection, std::move(response));
    }
    co_return false;
  }
  const auto& header = parser.get();
  const bool keepAlive = header.keep_alive() && !stopping;

  if (!expectedAuthorization.empty()) {
    const auto given = header[wire::field::authorization];
    if (!equalInConstantTime(std::string_view(given.data(), given.size()), expectedAuthorization)) {
      auto response = plain(401, "this needs a user and a password");
      response.headers.add("WWW-Authenticate", "Basic realm=\"arrivald\", charset=\"UTF-8\"");
      co_await refuse(stream, connection, std::move(response));
      co_return false;
    }
  }
  if (equalsWithoutCase(
          std::string_view(header[wire::field::expect].data(), header[wire::field::expect].size()),
          "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto bytes = asio::buffer(kContinue.data(), kContinue.size());
    auto [error, count] = co_await asio::async_write(stream, bytes, kAsTuple);
    static_cast<void>(count);
    if (error) co_return false;
  }

  connection.deadline.within(options.bodyWithin);
  const auto announced = parser.content_length();
  std::size_t filled = 0;
  while (!parser.is_done()) {
    const auto step = announced ? static_cast<std::size_t>(*announced) - filled
                                : std::max<std::size_t>(kKeptBuffer, filled);
    if (body.size() < filled + step + kPadding) body.resize(filled + step + kPadding);
    parser.get().body().data = body.data() + filled;
    parser.get().body().size = body.size() - kPadding - filled;
    parser.get().body().more = true;
    auto [error, count] = co_await wire::async_read_some(stream, connection.buffer, parser, kAsTuple);
    static_cast<void>(count);
    filled = body.size() - kPadding - parser.get().body().size;
    if (error == wire::error::body_limit) {
      auto response = plain(413, fmt::format("the body is larger than {} bytes", options.bodyBytes));
      co_await refuse(stream, connection, std::move(response));
      co_return false;
    }
    if (error && error != wire::error::need_buffer) co_return false;
  }
  if (body.size() < kPadding) body.resize(kPadding);

  const auto& message = parser.get();
  ServerRequest request;
  request.method = std::string_view(message.method_string().data(), message.method_string().size());
  const std::string_view target(message.target().data(), message.target().size());
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (const auto& field : message)
    request.headers.add(std::string(field.name_string()), std::string(field.value()));
  request.body = std::string_view(body.data(), filled);
  request.peer = peer;
  if (!hasBody(request.method) && filled > 0) request.body = {};

  // A handler may take its time (a deadline of its own); what bounds us is only the peer's reading of the
  // answer.
  connection.deadline.off();
  std::optional<Response> response;
  try {
    response = co_await handler(request);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    response = plain(500, "the request failed inside arrivald");
  } catch (const std::exception&) {
    response = plain(500, "the request failed inside arrivald");
  }
  const bool headOnly = request.method == "HEAD";
  const auto more =
      co_await write(stream, connection, std::move(*response), keepAlive && !stopping, headOnly);
  co_return more;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, Clock& clock,
                                               ServerOptions options, Handler handler) {
  auto state = std::make_unique<State>(executor, clock, std::move(options), std::move(handler));
  const auto& wanted = state->options;
  error_code error;
  if (!wanted.certificateFile.empty()) {
    state->context.emplace(asio::ssl::context::tls_server);
    auto& context = *state->context;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.use_certificate_chain_file(wanted.certificateFile, error);
    if (error)
      return Error{Error::Kind::invalid, fmt::format("the certificate {} cannot be used: {}",
                                                     wanted.certificateFile, error.message())};
    context.use_private_key_file(wanted.keyFile, asio::ssl::context::pem, error);
    if (error)
      return Error{Error::Kind::invalid,
                   fmt::format("the private key {} cannot be used: {}", wanted.keyFile, error.message())};
  }
  if (!wanted.basicAuthentication.empty())
    state->expectedAuthorization = "Basic " + base64(wanted.basicAuthentication.reveal());
  const auto address = asio::ip::make_address(wanted.address, error);
  if (error)
    return Error{Error::Kind::invalid, fmt::format("\"{}\" is no IP address to listen on", wanted.address)};
  const tcp::endpoint endpoint(address, wanted.port);
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Error{Error::Kind::unavailable,
                 fmt::format("cannot listen on {}:{}: {}", wanted.address, wanted.port, error.message())};
  state->tasks.spawn("accept", state->acceptAll());
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

std::size_t Server::openConnections() const { return state_->open.size(); }

Task<> Server::stop(Duration grace) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  state_->stopping = true;
  error_code ignored;
  state_->acceptor.close(ignored);
  for (auto* entry : state_->open)
    if (!entry->busy) entry->connection->close();
  // Whatever still runs after the grace is cancelled; then everything ends.
  runtime::Deadline cut(state_->executor, state_->clock, [this] {
    for (auto* entry : state_->open) entry->connection->close();
    state_->tasks.stop();
  });
  cut.within(grace);
  if (state_->open.empty()) state_->tasks.stop();
  state_->room.cancel();
  co_await state_->tasks.join();
}

}  // namespace arrivald::http
