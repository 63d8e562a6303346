#include "http/client.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <list>

#include "http/connection.hpp"
#include "http/url.hpp"

namespace arrivald::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::Task;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

struct Kept {
  std::string peer;  // what Client::State::poolKey made
  std::unique_ptr<Connection> connection;
  Duration since;
};

// What one exchange on a connection came to.
struct Exchange {
  std::optional<Response> response;
  std::optional<Failure> failure;
  bool nothingRead =
      true;  // not one byte of an answer came: the peer may have closed while we kept the connection
  bool keepAlive = false;
};

Failure failure(Failure::Kind kind, const Url& url, std::string_view what) {
  return {kind, fmt::format("{}: {}", url.peer(), what)};
}

std::string opensslReason(error_code error) {
  // "certificate verify failed" says nothing an operator can act on; the message of the last error is all
  // there is.
  return error.message();
}

bool isTls(error_code error) {
  return error.category() == asio::error::get_ssl_category() ||
         error.category() == asio::ssl::error::get_stream_category();
}

bool noProxyFor(const std::vector<std::string>& list, const std::string& host) {
  for (const auto& entry : list) {
    if (equalsWithoutCase(entry, host)) return true;
    if (entry.starts_with('.') && host.size() >= entry.size() &&
        equalsWithoutCase(std::string_view(host).substr(host.size() - entry.size()), entry))
      return true;
    if (entry.starts_with('.') && equalsWithoutCase(std::string_view(entry).substr(1), host)) return true;
  }
  return false;
}

// The failure that an error in the middle of an exchange stands for.
Failure readFailure(const Url& url, error_code error, const Connection& connection, const Limits& limits,
                    bool cancelled) {
  if (cancelled) return failure(Failure::Kind::cancelled, url, "cancelled");
  if (connection.deadline.expired())
    return failure(Failure::Kind::timedOut, url,
                   fmt::format("no complete answer in time (read {}, total {})", toText(limits.read),
                               toText(limits.total)));
  if (error == wire::error::body_limit)
    return failure(Failure::Kind::tooLarge, url,
                   fmt::format("the answer is larger than {} bytes", limits.bodyBytes));
  if (error == wire::error::header_limit)
    return failure(Failure::Kind::tooLarge, url,
                   fmt::format("the answer's header is larger than {} bytes", limits.headerBytes));
  if (error == wire::error::end_of_stream || error == wire::error::partial_message ||
      error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated)
    return failure(Failure::Kind::closed, url, "the connection ended before the answer did");
  if (error.category() == wire::make_error_code(wire::error::bad_version).category())
    return failure(Failure::Kind::protocol, url, fmt::format("the answer is no HTTP ({})", error.message()));
  if (isTls(error)) return failure(Failure::Kind::tls, url, opensslReason(error));
  return failure(Failure::Kind::closed, url, error.message());
}

constexpr std::size_t kBodyStep = 64 * 1024;

template <class Stream>
Task<Exchange> exchange(Stream& stream, Connection& connection, const Request& request, const Url& url,
                        std::string target, const std::string& proxyAuthorization) {
  Exchange result;
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto cancelled = [&state] { return state.cancelled() != asio::cancellation_type::none; };
  wire::request<wire::string_body> message;
  message.method_string(request.method);
  message.target(target);
  message.version(11);
  message.set(wire::field::host, url.hostHeader());
  for (const auto& [field, value] : request.headers) message.insert(field, value);
  if (!proxyAuthorization.empty()) message.set(wire::field::proxy_authorization, proxyAuthorization);
  if (message.find(wire::field::user_agent) == message.end())
    message.set(wire::field::user_agent, "arrivald");
  message.body() = request.body;
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH")
    message.prepare_payload();

  connection.deadline.within(request.limits.read);
  auto [writeError, written] = co_await wire::async_write(stream, message, kAsTuple);
  static_cast<void>(written);
  // A peer that refuses early may close while we still write: its answer is read all the same, unless time is
  // up.
  if (writeError && (cancelled() || connection.deadline.expired())) {
    result.failure = readFailure(url, writeError, connection, request.limits, cancelled());
    co_return result;
  }

  wire::response_parser<wire::buffer_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(request.limits.headerBytes));
  parser.body_limit(request.limits.bodyBytes);
  parser.skip(request.method == "HEAD");
  do {
    // 100 Continue and its like come before the answer.
    auto [error, count] = co_await wire::async_read_header(stream, connection.buffer, parser, kAsTuple);
    result.nothingRead = result.nothingRead && count == 0 && connection.buffer.size() == 0;
    if (error) {
      result.failure = readFailure(url, error, connection, request.limits, cancelled());
      co_return result;
    }
    if (parser.get().result_int() >= 200 || parser.get().result_int() == 101) break;
    result.failure = failure(Failure::Kind::protocol, url,
                             fmt::format("unexpected interim answer {}", parser.get().result_int()));
    co_return result;
  } while (true);

  Response response;
  response.status = parser.get().result_int();
  for (const auto& field : parser.get())
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  const auto announced = parser.content_length();
  std::size_t filled = 0;
  while (!parser.is_done()) {
    // As much room as was announced, so that a large page is read without copying; otherwise in growing
    // steps.
    const auto room = announced ? static_cast<std::size_t>(*announced) - filled : std::max(kBodyStep, filled);
    response.body.resize(filled + std::max<std::size_t>(room, 1));
    parser.get().body().data = response.body.data() + filled;
    parser.get().body().size = response.body.size() - filled;
    parser.get().body().more = true;
    connection.deadline.within(request.limits.read);
    auto [error, count] = co_await wire::async_read_some(stream, connection.buffer, parser, kAsTuple);
    static_cast<void>(count);
    filled = response.body.size() - parser.get().body().size;
    if (error && error != wire::error::need_buffer) {
      // Without a length the end of the connection is the end of the answer; Beast reports that as done, not
      // as an error.
      result.failure = readFailure(url, error, connection, request.limits, cancelled());
      co_return result;
    }
  }
  response.body.resize(filled);
  result.keepAlive = parser.get().keep_alive() && !writeError;
  result.response = std::move(response);
  co_return result;
}

}  // namespace

struct Client::State {
  State(asio::any_io_executor on, Clock& by, ClientOptions given)
      : executor(std::move(on)), clock(by), options(std::move(given)) {}

  asio::any_io_executor executor;
  Clock& clock;
  ClientOptions options;
  std::optional<asio::ssl::context> context;
  std::list<Kept> kept;  // the longest idle first

  // Throws nothing: what is wrong with the trust store is the text.
  std::optional<std::string> ensureContext() {
    if (context) return std::nullopt;
    context.emplace(asio::ssl::context::tls_client);
    error_code error;
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(asio::ssl::verify_peer, error);
    if (options.caFile.empty()) {
      context->set_default_verify_paths(error);
    } else {
      context->load_verify_file(options.caFile, error);
    }
    if (!error) return std::nullopt;
    context.reset();
    return fmt::format("the certificate authorities cannot be loaded from {}: {}",
                       options.caFile.empty() ? "the system (is ca-certificates installed?)" : options.caFile,
                       error.message());
  }

  static std::string poolKey(const Url& url, bool proxied) {
    return fmt::format("{}{}{}", url.secure ? "s " : "p ", proxied && !url.secure ? "by proxy" : url.peer(),
                       proxied ? " proxied" : "");
  }

  std::unique_ptr<Connection> takeKept(const std::string& peer) {
    const auto now = clock.sinceBoot();
    std::erase_if(kept, [&](const Kept& entry) { return now - entry.since > options.keptFor; });
    for (auto it = kept.rbegin(); it != kept.rend(); ++it)
      if (it->peer == peer) {
        auto connection = std::move(it->connection);
        kept.erase(std::next(it).base());
        return connection;
      }
    return nullptr;
  }

  void keep(const std::string& peer, std::unique_ptr<Connection> connection) {
    connection->deadline.off();
    kept.push_back({peer, std::move(connection), clock.sinceBoot()});
    if (kept.size() > options.keptConnections) kept.pop_front();
  }

  struct Opened {
    std::unique_ptr<Connection> connection;
    std::optional<Failure> failure;
  };

  Task<Opened> open(const Url& url, const std::optional<Url>& proxy, const Limits& limits);
  Task<std::optional<Failure>> tunnel(Connection& connection, const Url& url, const Url& proxy);
};

Task<std::optional<Failure>> Client::State::tunnel(Connection& connection, const Url& url, const Url& proxy) {
  wire::request<wire::empty_body> message;
  message.method(wire::verb::connect);
  message.target((url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]") + ":" +
                 url.port);
  message.version(11);
  message.set(wire::field::host, message.target());
  if (!proxy.credentials.empty())
    message.set(wire::field::proxy_authorization, "Basic " + base64(proxy.credentials));
  auto [writeError, written] = co_await wire::async_write(connection.plain, message, kAsTuple);
  static_cast<void>(written);
  if (writeError) {
    co_return std::optional<Failure>(
        failure(Failure::Kind::proxy, url,
                fmt::format("the proxy {} hung up: {}", proxy.peer(), writeError.message())));
  }
  wire::response_parser<wire::empty_body> parser;
  parser.header_limit(16 * 1024);
  parser.skip(true);  // an answer to CONNECT has no body
  auto [error, count] =
      co_await wire::async_read_header(connection.plain, connection.buffer, parser, kAsTuple);
  static_cast<void>(count);
  if (error) {
    co_return std::optional<Failure>(
        failure(Failure::Kind::proxy, url,
                fmt::format("the proxy {} gave no answer: {}", proxy.peer(), error.message())));
  }
  const auto status = parser.get().result_int();
  if (status / 100 != 2) {
    const auto* remedy = status == 407 ? " (it wants a user and a password: set them in http.proxy)" : "";
    co_return std::optional<Failure>(failure(
        Failure::Kind::proxy, url, fmt::format("the proxy {} answered {}{}", proxy.peer(), status, remedy)));
  }
  co_return std::optional<Failure>();
}

Task<Client::State::Opened> Client::State::open(const Url& url, const std::optional<Url>& proxy,
                                                const Limits& limits) {
  Opened opened;
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto cancelled = [&state] { return state.cancelled() != asio::cancellation_type::none; };
  const auto& first = proxy ? *proxy : url;
  auto connection = std::make_unique<Connection>(tcp::socket(executor), clock);
  tcp::resolver resolver(executor);
  runtime::Deadline resolving(executor, clock, [&resolver] { resolver.cancel(); });
  const auto connectFailure = [&](Failure::Kind kind, std::string_view what) {
    if (cancelled()) return failure(Failure::Kind::cancelled, url, "cancelled");
    if (connection->deadline.expired() || resolving.expired())
      return failure(Failure::Kind::timedOut, url,
                     fmt::format("no connection within {}", toText(limits.connect)));
    return failure(kind, url, what);
  };

  std::vector<tcp::endpoint> endpoints;
  error_code error;
  const auto literal = asio::ip::make_address(first.host, error);
  if (!error) {
    endpoints.emplace_back(literal, static_cast<unsigned short>(std::stoi(first.port)));
  } else {
    resolving.within(limits.connect);
    auto [resolveError, found] =
        co_await resolver.async_resolve(first.host, first.port, tcp::resolver::numeric_service, kAsTuple);
    if (resolveError) {
      opened.failure = connectFailure(Failure::Kind::dns, fmt::format("the name {} cannot be resolved: {}",
                                                                      first.host, resolveError.message()));
      co_return opened;
    }
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    resolving.off();
  }

  connection->deadline.within(limits.connect);
  auto [connectError, endpoint] = co_await asio::async_connect(connection->plain, endpoints, kAsTuple);
  static_cast<void>(endpoint);
  if (connectError || !connection->plain.is_open()) {
    opened.failure =
        connectFailure(proxy ? Failure::Kind::proxy : Failure::Kind::connect,
                       fmt::format("{} cannot be reached: {}", first.peer(), connectError.message()));
    co_return opened;
  }
  connection->plain.set_option(tcp::no_delay(true), error);

  if (url.secure) {
    if (proxy) {
      auto refused = co_await tunnel(*connection, url, *proxy);
      if (refused) {
        opened.failure = connectFailure(Failure::Kind::proxy, "");
        if (opened.failure->kind == Failure::Kind::proxy) opened.failure = std::move(refused);
        co_return opened;
      }
    }
    if (auto problem = ensureContext()) {
      opened.failure = failure(Failure::Kind::tls, url, *problem);
      co_return opened;
    }
    connection->startTls(*context);
    SSL_set_tlsext_host_name(connection->tls->native_handle(), url.host.c_str());
    connection->tls->set_verify_callback(asio::ssl::host_name_verification(url.host), error);
    auto [tlsError] = co_await connection->tls->async_handshake(asio::ssl::stream_base::client, kAsTuple);
    if (tlsError) {
      const auto verified = SSL_get_verify_result(connection->tls->native_handle());
      const std::string why =
          verified != X509_V_OK ? X509_verify_cert_error_string(verified) : tlsError.message();
      opened.failure = connectFailure(Failure::Kind::tls, fmt::format("no trusted TLS connection: {}", why));
      co_return opened;
    }
  }
  opened.connection = std::move(connection);
  co_return opened;
}

Client::Client(asio::any_io_executor executor, Clock& clock, ClientOptions options)
    : state_(std::make_unique<State>(std::move(executor), clock, std::move(options))) {}
Client::~Client() = default;

void Client::closeIdle() { state_->kept.clear(); }

Task<Result<Response, Failure>> Client::send(Request request) {
  const auto parsed = Url::parse(request.url);
  if (!parsed) {
    co_return Result<Response, Failure>(Failure{Failure::Kind::invalidUrl, parsed.error().text});
  }
  const Url& url = *parsed;
  std::optional<Url> proxy;
  if (!state_->options.proxy.empty() && !noProxyFor(state_->options.noProxy, url.host)) {
    const auto parsedProxy = Url::parse(state_->options.proxy.reveal());
    if (!parsedProxy) {
      co_return Result<Response, Failure>(
          Failure{Failure::Kind::invalidUrl, "http.proxy is " + parsedProxy.error().text});
    }
    proxy = *parsedProxy;
  }
  const auto target = proxy && !url.secure ? "http://" + url.hostHeader() + url.target : url.target;
  const auto authorization = proxy && !url.secure && !proxy->credentials.empty()
                                 ? "Basic " + base64(proxy->credentials)
                                 : std::string();
  const auto key = State::poolKey(url, proxy.has_value());

  // From here on a cancellation shows as an error of the operation that it meets, so that every connection is
  // put away.
  const auto throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::optional<Response> response;
  std::optional<Failure> failed;
  const bool repeatable = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE" ||
                          request.method == "PUT";
  for (bool allowKept = true;; allowKept = false) {
    auto connection = allowKept ? state_->takeKept(key) : nullptr;
    const bool wasKept = connection != nullptr;
    if (!wasKept) {
      auto opened = co_await state_->open(url, proxy, request.limits);
      if (opened.failure) {
        failed = std::move(opened.failure);
        break;
      }
      connection = std::move(opened.connection);
    }
    connection->deadline.total(request.limits.total);
    Exchange outcome;
    if (connection->tls) {
      outcome = co_await exchange(*connection->tls, *connection, request, url, target, authorization);
    } else {
      outcome = co_await exchange(connection->plain, *connection, request, url, target, authorization);
    }
    if (outcome.response) {
      response = std::move(outcome.response);
      if (outcome.keepAlive) state_->keep(key, std::move(connection));
      break;
    }
    const bool stale = wasKept && outcome.nothingRead && outcome.failure->kind == Failure::Kind::closed;
    if (stale && repeatable) continue;
    failed = std::move(outcome.failure);
    break;
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (failed) {
    co_return Result<Response, Failure>(std::move(*failed));
  }
  co_return Result<Response, Failure>(std::move(*response));
}

}  // namespace arrivald::http
