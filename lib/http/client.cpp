#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <optional>

#include "http/connection.hpp"
#include "http/url.hpp"
#include "http/wire.hpp"

namespace arrivald::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::Task;
using Kind = Failure::Kind;

namespace {

constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr std::size_t kBodyGrowth = 64 * 1024;
constexpr std::size_t kSpareBytes = 64;
constexpr std::size_t kMaxAddresses = 8;
constexpr int kMaxInterimAnswers = 8;

Failure failureSaying(Kind kind, Phrase words) {
  Failure failure{kind, words.english()};
  failure.phrase = std::move(words);
  return failure;
}

// The system's own words; those that operators meet are said in other languages, too.
Phrase reasonOf(const error_code& error) {
  if (error == asio::error::connection_refused) return phrase("Connection refused");
  if (error == asio::error::connection_reset) return phrase("Connection reset by peer");
  if (error == asio::error::timed_out) return phrase("Connection timed out");
  if (error == asio::error::host_unreachable) return phrase("No route to host");
  if (error == asio::error::network_unreachable) return phrase("Network is unreachable");
  if (error == asio::error::access_denied) return phrase("Permission denied");
  if (error == asio::error::host_not_found) return phrase("Host not found (authoritative)");
  if (error == asio::error::host_not_found_try_again)
    return phrase("Host not found (non-authoritative), try again later");
  if (error == asio::error::eof) return phrase("End of file");
  return isTlsError(error) ? tlsReason(error) : verbatim(error.message());
}

// The state of one request: its target, its limits and whether it was cancelled.
struct RequestContext {
  const Request& request;
  const Url& url;
  const Clock& clock;
  asio::cancellation_state cancellation;
  Duration totalEnd;  // in clock.sinceBoot()

  bool cancelled() const { return cancellation.cancelled() != asio::cancellation_type::none; }
  const Limits& limits() const { return request.limits; }
  Duration left() const { return totalEnd - clock.sinceBoot(); }

  Failure failure(Kind kind, Phrase what) const {
    if (cancelled()) return {Kind::cancelled, fmt::format("{}: cancelled", url.peer())};
    return failureSaying(kind, phrase("{}: {}", url.peer(), std::move(what)));
  }
  // For a deadline that expired in the phase that `what` describes.
  Failure timeOut(Phrase what) const {
    if (left() <= Duration::zero())
      return failure(Kind::timedOut, phrase("no complete answer within {}", toText(limits().total)));
    return failure(Kind::timedOut, std::move(what));
  }
  Failure timeOutConnecting(Phrase what) const {
    auto timedOut = timeOut(std::move(what));
    timedOut.connecting = true;
    return timedOut;
  }
};

bool endedByPeer(const error_code& error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::connection_aborted || error == asio::error::broken_pipe ||
         error.category() != asio::error::get_system_category();
}

// Maps an error during an exchange to a Failure; `got` says how much of the response had arrived.
Failure exchangeFailure(const RequestContext& context, const Connection& connection, const error_code& error,
                        const Phrase& got) {
  if (connection.deadline.expired())
    return context.timeOut(phrase("nothing was received for {} ({})", toText(context.limits().read), got));
  if (isTlsError(error)) return context.failure(Kind::tls, phrase("{} ({})", reasonOf(error), got));
  if (endedByPeer(error))
    return context.failure(Kind::closed, phrase("the connection ended before the answer did ({})", got));
  return context.failure(Kind::closed, phrase("{} ({})", reasonOf(error), got));
}

// Whether `host` is `domain`, which begins with a dot, or a subdomain of it.
bool isWithin(std::string_view domain, std::string_view host) {
  if (equalsWithoutCase(domain.substr(1), host)) return true;
  return host.size() > domain.size() && equalsWithoutCase(host.substr(host.size() - domain.size()), domain);
}

bool noProxyFor(const std::vector<std::string>& list, std::string_view host) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view entry) {
    return entry == "*" || equalsWithoutCase(entry, host) ||
           (entry.starts_with('.') && isWithin(entry, host));
  });
}

bool sendsLength(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

// Idempotent methods (RFC 9110, 9.2.2), but for DELETE: what was deleted by the first request may have been
// made anew before the second, so its sender looks first.
bool mayBeRepeated(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "OPTIONS" || method == "TRACE";
}

std::optional<Phrase> problemOf(const Request& request) {
  if (!wire::isToken(request.method)) return phrase("the request's method is not a token");
  for (const auto& [field, value] : request.headers) {
    if (!wire::isToken(field)) return phrase("a header field of the request has an invalid name");
    if (!wire::isFieldValue(value))
      return phrase("the request's header field {} contains a control character", field);
  }
  return std::nullopt;
}

std::string requestHead(const Request& request, const Url& url, const std::string& target,
                        std::string_view proxyAuthorization) {
  std::string head;
  head.reserve(512);
  head.append(request.method).append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!request.headers.find("Host")) head.append("Host: ").append(url.hostHeader()).append("\r\n");
  if (!request.headers.find("User-Agent")) head += "User-Agent: arrivald\r\n";
  if (!url.credentials.empty() && !request.headers.find("Authorization"))
    head.append("Authorization: Basic ").append(base64(url.credentials)).append("\r\n");
  if (!proxyAuthorization.empty())
    head.append("Proxy-Authorization: Basic ").append(proxyAuthorization).append("\r\n");
  for (const auto& [field, value] : request.headers) {
    if (equalsWithoutCase(field, "Content-Length") || equalsWithoutCase(field, "Transfer-Encoding")) continue;
    head.append(field).append(": ").append(value).append("\r\n");
  }
  if (sendsLength(request))
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  head += "\r\n";
  return head;
}

struct HeadRead {
  std::optional<wire::Head> head;
  std::optional<Failure> failure;
  bool nothingCame = false;  // the connection ended before the first byte of the response
};

// Reads the header of the next response; the bytes after it stay in the connection's input.
Task<HeadRead> readHead(const RequestContext& context, Connection& connection) {
  HeadRead result;
  const auto limit = context.limits().headerBytes;
  const auto tooLarge = [&] {
    return context.failure(Kind::tooLarge, phrase("the answer's header is larger than {} bytes", limit));
  };
  std::size_t searched = 0;
  for (;;) {
    const auto came = connection.input.view();
    if (!wire::mayBeResponse(came)) {
      result.failure = context.failure(
          Kind::protocol,
          phrase("the response is not HTTP: is the port right, and is https:// rather than http:// meant?"));
      co_return result;
    }
    const auto size = wire::headerSize(came, searched);
    if (size && *size <= limit) {
      auto head = wire::readResponse(came.substr(0, *size));
      connection.input.use(*size);
      if (head) {
        result.head = std::move(*head);
      } else {
        result.failure = context.failure(
            Kind::protocol, phrase("the answer's header is malformed ({})", head.error().said()));
      }
      co_return result;
    }
    if (size || came.size() >= limit) {
      result.failure = tooLarge();
      co_return result;
    }
    searched = came.size();
    connection.deadline.within(context.limits().read);
    const auto error = co_await connection.readMore(kReadAtOnce);
    if (error || context.cancelled()) {
      result.nothingCame = searched == 0 && endedByPeer(error) && !connection.deadline.expired();
      result.failure = exchangeFailure(context, connection, error, phrase("inside the header"));
      if (searched == 0)
        result.failure = exchangeFailure(context, connection, error, phrase("no byte of it was received"));
      co_return result;
    }
  }
}

// Reads a body of known size directly into `body`.
Task<std::optional<Failure>> readSized(const RequestContext& context, Connection& connection,
                                       std::size_t size, std::string& body) {
  body.reserve(size + kSpareBytes);
  const auto begun = connection.input.view().substr(0, size);
  std::size_t filled = begun.size();
  body.assign(begun);
  connection.input.use(filled);
  body.resize(size);
  while (filled < size) {
    connection.deadline.within(context.limits().read);
    auto* const to = body.data() + filled;
    const auto count = co_await connection.readSome(to, size - filled);
    filled += count.bytes;
    if (filled < size && (count.error || context.cancelled())) {
      const auto got = phrase("{} of {} bytes", filled, size);
      co_return std::optional<Failure>(exchangeFailure(context, connection, count.error, got));
    }
  }
  co_return std::optional<Failure>();
}

Task<std::optional<Failure>> readChunked(const RequestContext& context, Connection& connection,
                                         std::string& body) {
  wire::ChunkReader chunks;
  for (;;) {
    const auto used = chunks.read(connection.input.view(), body, context.limits().bodyBytes);
    connection.input.use(used);
    switch (chunks.state()) {
      case wire::ChunkReader::State::done:
        body.reserve(body.size() + kSpareBytes);
        co_return std::optional<Failure>();
      case wire::ChunkReader::State::malformed:
        co_return std::optional<Failure>(
            context.failure(Kind::protocol, phrase("the answer's body is malformed (bad chunk)")));
      case wire::ChunkReader::State::tooLarge:
        co_return std::optional<Failure>(context.failure(
            Kind::tooLarge, phrase("the answer is larger than {} bytes", context.limits().bodyBytes)));
      case wire::ChunkReader::State::more:
        break;
    }
    connection.deadline.within(context.limits().read);
    const auto error = co_await connection.readMore(kBodyGrowth);
    if (error || context.cancelled()) {
      const auto got = phrase("{} bytes, the last chunk missing", body.size());
      co_return std::optional<Failure>(exchangeFailure(context, connection, error, got));
    }
  }
}

// Without a length the response ends with the connection. Over TLS only a close_notify counts: any other end
// may be a truncation attack.
Task<std::optional<Failure>> readToEnd(const RequestContext& context, Connection& connection,
                                       std::string& body) {
  for (;;) {
    if (body.size() + connection.input.size() > context.limits().bodyBytes) {
      co_return std::optional<Failure>(context.failure(
          Kind::tooLarge, phrase("the answer is larger than {} bytes", context.limits().bodyBytes)));
    }
    body.append(connection.input.view());
    connection.input.use(connection.input.size());
    connection.deadline.within(context.limits().read);
    const auto error = co_await connection.readMore(kBodyGrowth);
    if (error == asio::error::eof && !context.cancelled()) break;
    if (error || context.cancelled()) {
      const auto got = phrase("{} bytes, of unknown size", body.size());
      co_return std::optional<Failure>(exchangeFailure(context, connection, error, got));
    }
  }
  body.reserve(body.size() + kSpareBytes);
  co_return std::optional<Failure>();
}

// The result of one exchange on a connection.
struct Exchange {
  std::optional<Response> response;
  std::optional<Failure> failure;
  bool nothingCame = false;
  bool keepAlive = false;
};

Task<Exchange> exchange(const RequestContext& context, Connection& connection, const std::string& head) {
  Exchange result;
  connection.deadline.within(context.limits().read);
  const auto writeError = co_await connection.write(head, context.request.body);
  // A server that refuses early may close the connection while the request is being written: its response is
  // still read, unless the time has expired.
  if (context.cancelled() || (writeError && connection.deadline.expired())) {
    result.failure =
        exchangeFailure(context, connection, writeError, phrase("the request was not sent completely"));
    co_return result;
  }

  wire::Head answer;
  for (int interim = 0;; ++interim) {
    auto read = co_await readHead(context, connection);
    if (read.failure) {
      result.failure = std::move(read.failure);
      result.nothingCame = read.nothingCame && interim == 0;
      co_return result;
    }
    answer = std::move(*read.head);
    if (answer.status >= 200) break;
    if (answer.status == 101 || interim >= kMaxInterimAnswers) {
      result.failure =
          context.failure(Kind::protocol, phrase("the answer {} was not asked for", answer.status));
      co_return result;
    }
  }

  Response response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  result.keepAlive = answer.keepAlive && !writeError;
  const bool bodyless = context.request.method == "HEAD" || answer.status == 204 || answer.status == 304;
  if (bodyless) {
    // There is no body: a Content-Length here describes that of another response.
  } else if (answer.chunked) {
    result.failure = co_await readChunked(context, connection, response.body);
  } else if (answer.contentLength && !answer.otherCoding) {
    if (*answer.contentLength > context.limits().bodyBytes) {
      result.failure = context.failure(
          Kind::tooLarge, phrase("the answer is larger than {} bytes", context.limits().bodyBytes));
      co_return result;
    }
    const auto size = static_cast<std::size_t>(*answer.contentLength);
    result.failure = co_await readSized(context, connection, size, response.body);
  } else {
    result.keepAlive = false;
    result.failure = co_await readToEnd(context, connection, response.body);
  }
  if (result.failure) co_return result;
  // The server sent more than the length it declared: the connection cannot be reused.
  if (!connection.input.empty()) result.keepAlive = false;
  result.response = std::move(response);
  co_return result;
}

struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor)
      : resolver(executor), ended(executor, asio::steady_timer::time_point::max()) {}
  tcp::resolver resolver;
  asio::steady_timer ended;  // never expires; cancelled when there is a result or nobody waits for it
  std::vector<tcp::endpoint> found;
  error_code error;
  bool done = false;
};

struct Found {
  std::vector<tcp::endpoint> endpoints;
  std::optional<Failure> failure;
};

// The system's resolver cannot be cancelled. When the time expires it is left running and its result is
// ignored.
Task<Found> findHost(const RequestContext& context, Clock& clock, const Url& peer, Duration within) {
  Found found;
  const auto port = static_cast<unsigned short>(std::stoi(peer.port));
  error_code notLiteral;
  const auto literal = asio::ip::make_address(peer.host, notLiteral);
  if (!notLiteral) {
    found.endpoints.emplace_back(literal, port);
    co_return found;
  }
  // RFC 6761: localhost is this machine, whether or not a file or a DNS server knows the name.
  if (isWithin(".localhost", peer.host)) {
    found.endpoints.emplace_back(asio::ip::address_v4::loopback(), port);
    found.endpoints.emplace_back(asio::ip::address_v6::loopback(), port);
    co_return found;
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(
      peer.host, peer.port, tcp::resolver::numeric_service,
      [lookup](const error_code& error, const tcp::resolver::results_type& results) {
        lookup->done = true;
        lookup->error = error;
        for (const auto& entry : results) lookup->found.push_back(entry.endpoint());
        lookup->ended.cancel();
      });
  runtime::Deadline deadline(executor, clock, [lookup] { lookup->ended.cancel(); });
  deadline.within(within);
  while (!lookup->done && !deadline.expired() && !context.cancelled()) {
    auto [error] = co_await lookup->ended.async_wait(kAsTuple);
    static_cast<void>(error);
  }
  if (!lookup->done || context.cancelled()) {
    lookup->resolver.cancel();
    found.failure = context.timeOutConnecting(
        phrase("the name {} was not resolved within {}", peer.host, toText(context.limits().connect)));
  } else if (lookup->error || lookup->found.empty()) {
    found.failure = context.failure(
        Kind::dns, phrase("the name cannot be resolved by DNS ({})", reasonOf(lookup->error)));
  } else {
    found.endpoints = std::move(lookup->found);
    if (found.endpoints.size() > kMaxAddresses) found.endpoints.resize(kMaxAddresses);
  }
  co_return found;
}

struct Opened {
  std::unique_ptr<Connection> connection;
  std::optional<Failure> failure;
};

// Names the proxy, if it is that which is connected to: a failure begins with the host of the request.
Phrase toProxy(const RequestContext& context, const Url& peer) {
  return peer.peer() == context.url.peer() ? Phrase() : phrase(" to {}", peer.peer());
}

// Tries the addresses one after another. Each but the last may take half of the remaining time, so that one
// that drops all packets does not use it all up.
Task<Opened> connectAny(const RequestContext& context, Clock& clock, const Url& peer,
                        std::vector<tcp::endpoint> endpoints, Duration end, Kind kind) {
  Opened opened;
  const auto executor = co_await asio::this_coro::executor;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    tcp::socket socket(executor);
    runtime::Deadline deadline(executor, clock, [&socket] {
      error_code ignored;
      socket.close(ignored);
    });
    const auto left = end - clock.sinceBoot();
    deadline.within(i + 1 < endpoints.size() ? left / 2 : left);
    const auto endpoint = endpoints[i];
    auto [error] = co_await socket.async_connect(endpoint, kAsTuple);
    if (!error && !context.cancelled() && !deadline.expired()) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      opened.connection = std::make_unique<Connection>(std::move(socket), clock);
      opened.failure.reset();
      co_return opened;
    }
    if (deadline.expired()) {
      opened.failure = context.timeOutConnecting(
          phrase("no connection{} within {}", toProxy(context, peer), toText(context.limits().connect)));
    } else {
      const auto to = toProxy(context, peer);
      // No firewall and no proxy stands between this machine and itself.
      opened.failure = context.failure(
          kind,
          endpoint.address().is_loopback() && error == asio::error::connection_refused
              ? phrase("no connection{} ({}): nothing listens at this port of this machine", to,
                       reasonOf(error))
              : phrase("no connection{} ({}): is a firewall in the way, or a proxy (http.proxy) needed?", to,
                       reasonOf(error)));
    }
    if (context.cancelled()) break;
  }
  co_return opened;
}

}  // namespace

struct Client::State {
  State(asio::any_io_executor on, Clock& by, ClientOptions given)
      : executor(std::move(on)), clock(by), options(std::move(given)) {
    if (options.proxy.empty()) return;
    auto parsed = Url::parse(options.proxy.reveal());
    if (!parsed) {
      proxyProblem = "http.proxy is " + parsed.error().text;
    } else if (parsed->secure) {
      proxyProblem = "http.proxy must begin with http://: TLS to the proxy itself is not supported";
    } else {
      proxyAuthorization = Secret(parsed->credentials.empty() ? "" : base64(parsed->credentials));
      parsed->credentials.clear();
      proxy = std::move(*parsed);
    }
  }

  struct Kept {
    std::string key;  // see poolKey()
    std::unique_ptr<Connection> connection;
  };

  asio::any_io_executor executor;
  Clock& clock;
  ClientOptions options;
  std::optional<Url> proxy;
  Secret proxyAuthorization;  // in base64
  std::string proxyProblem;
  TlsContext tls;        // created at the first https request
  std::list<Kept> kept;  // idle connections, the longest idle first

  static std::string poolKey(const Url& url, bool proxied) {
    if (proxied && !url.secure) return "proxy";
    return fmt::format("{} {}{}", url.secure ? "tls" : "plain", url.peer(), proxied ? " by proxy" : "");
  }

  std::unique_ptr<Connection> takeKept(const std::string& key) {
    std::erase_if(kept, [](const Kept& entry) { return entry.connection->stale(); });
    for (auto it = kept.rbegin(); it != kept.rend(); ++it) {
      if (it->key != key) continue;
      auto connection = std::move(it->connection);
      kept.erase(std::next(it).base());
      connection->deadline.off();
      return connection;
    }
    return nullptr;
  }

  void keep(const std::string& key, std::unique_ptr<Connection> connection) {
    connection->input.shrink(0);
    connection->deadline.off();
    connection->deadline.within(options.keptFor);
    kept.push_back({key, std::move(connection)});
    if (kept.size() > options.keptConnections) kept.pop_front();
  }

  Task<Exchange> converse(const RequestContext& context, const Url* by, const std::string& head);
  Task<Opened> open(const RequestContext& context, const Url* by);
  Task<std::optional<Failure>> tunnel(const RequestContext& context, Connection& connection, const Url& by);
};

Phrase refusalOf(unsigned status) {
  if (status == 407)
    return phrase("answered 407: it requires a user and a password, or other ones, in http.proxy");
  if (status == 403) return phrase("answered 403: it must be configured to permit this host");
  return phrase("answered {}", status);
}

// Opens a tunnel to the peer through the proxy by CONNECT (RFC 9110, 9.3.6).
Task<std::optional<Failure>> Client::State::tunnel(const RequestContext& context, Connection& connection,
                                                   const Url& by) {
  const auto authority =
      (context.url.host.find(':') == std::string::npos ? context.url.host : "[" + context.url.host + "]") +
      ":" + context.url.port;
  std::string head =
      "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: arrivald\r\n";
  if (!proxyAuthorization.empty())
    head.append("Proxy-Authorization: Basic ").append(proxyAuthorization.reveal()).append("\r\n");
  head += "\r\n";
  const auto proxyFailure = [&](Phrase what) {
    if (connection.deadline.expired())
      return context.timeOut(
          phrase("the proxy {} gave no answer within {}", by.peer(), toText(context.limits().connect)));
    return context.failure(Kind::proxy, phrase("the proxy {} {}", by.peer(), std::move(what)));
  };
  const auto writeError = co_await connection.write(head, "");
  if (writeError || context.cancelled()) {
    co_return std::optional<Failure>(proxyFailure(phrase("hung up ({})", reasonOf(writeError))));
  }
  std::size_t searched = 0;
  std::optional<std::size_t> size;
  while (!size) {
    const auto error = co_await connection.readMore(kReadAtOnce);
    if (error || context.cancelled()) {
      co_return std::optional<Failure>(proxyFailure(phrase("gave no answer ({})", reasonOf(error))));
    }
    const auto came = connection.input.view();
    size = wire::headerSize(came, searched);
    searched = came.size();
    if (!wire::mayBeResponse(came) || (!size && came.size() > context.limits().headerBytes)) {
      co_return std::optional<Failure>(proxyFailure(phrase("does not speak HTTP")));
    }
  }
  const auto answer = wire::readResponse(connection.input.view().substr(0, *size));
  if (!answer) {
    co_return std::optional<Failure>(proxyFailure(phrase("does not speak HTTP")));
  }
  if (answer->status / 100 != 2) {
    co_return std::optional<Failure>(proxyFailure(refusalOf(answer->status)));
  }
  // The peer sends nothing before our TLS handshake, so these bytes are not from the peer.
  if (connection.input.size() > *size) {
    co_return std::optional<Failure>(proxyFailure(phrase("sent more than its answer")));
  }
  connection.input.use(*size);
  co_return std::optional<Failure>();
}

// Opens a connection to the peer, directly or through the proxy `by`, ready for requests.
Task<Opened> Client::State::open(const RequestContext& context, const Url* by) {
  Opened opened;
  const auto& first = by ? *by : context.url;
  const auto end = clock.sinceBoot() + std::min(context.limits().connect, context.left());
  auto found = co_await findHost(context, clock, first, end - clock.sinceBoot());
  if (found.failure) {
    opened.failure = std::move(found.failure);
    if (by && opened.failure->kind == Kind::dns) opened.failure->kind = Kind::proxy;
    co_return opened;
  }
  const auto kind = by ? Kind::proxy : Kind::connect;
  opened = co_await connectAny(context, clock, first, std::move(found.endpoints), end, kind);
  if (opened.failure || !context.url.secure) co_return opened;

  auto& connection = *opened.connection;
  connection.deadline.within(end - clock.sinceBoot());
  if (by) {
    opened.failure = co_await tunnel(context, connection, *by);
    if (opened.failure) co_return opened;
  }
  if (!tls) {
    auto made = options.pinnedCertificate.empty() ? clientContext(options.caFile)
                                                  : pinningContext(options.pinnedCertificate);
    if (!made) {
      opened.failure = context.failure(Kind::tls, made.error().said());
      co_return opened;
    }
    tls = std::move(*made);
  }
  const auto error = co_await connection.becomeTlsClient(tls, context.url.host);
  if (!error && !context.cancelled()) co_return opened;
  if (connection.deadline.expired()) {
    opened.failure =
        context.timeOutConnecting(phrase("no TLS handshake within {}", toText(context.limits().connect)));
  } else if (!isTlsError(error) && endedByPeer(error)) {
    opened.failure = context.failure(Kind::closed, phrase("the connection ended in the TLS handshake"));
  } else {
    opened.failure = context.failure(Kind::tls, connection.handshakeProblem(error));
  }
  co_return opened;
}

// Sends `head` and the request's body on an idle connection or a new one; keeps the connection if it can be
// reused.
Task<Exchange> Client::State::converse(const RequestContext& context, const Url* by,
                                       const std::string& head) {
  Exchange outcome;
  if (context.cancelled()) {
    outcome.failure = context.failure(Kind::cancelled, Phrase());
    co_return outcome;
  }
  const auto key = poolKey(context.url, by != nullptr);
  auto connection = takeKept(key);
  if (connection) {
    connection->deadline.total(context.left());
    outcome = co_await exchange(context, *connection, head);
    // The peer had closed the idle connection: repeat on a new one.
    const bool died = outcome.failure && outcome.nothingCame && outcome.failure->kind == Kind::closed;
    if (died && mayBeRepeated(context.request.method)) connection.reset();
  }
  if (!connection) {
    auto opened = co_await open(context, by);
    if (opened.failure) {
      outcome.failure = std::move(opened.failure);
      co_return outcome;
    }
    connection = std::move(opened.connection);
    connection->deadline.off();
    connection->deadline.total(context.left());
    outcome = co_await exchange(context, *connection, head);
  }
  if (outcome.response && outcome.keepAlive) keep(key, std::move(connection));
  co_return outcome;
}

Client::Client(asio::any_io_executor executor, Clock& clock, ClientOptions options)
    : state_(std::make_unique<State>(std::move(executor), clock, std::move(options))) {}
Client::~Client() = default;

void Client::closeIdle() { state_->kept.clear(); }
std::size_t Client::idleConnections() const { return state_->kept.size(); }

Task<Result<Response, Failure>> Client::send(Request request) {
  using Answer = Result<Response, Failure>;
  const auto parsed = Url::parse(request.url);
  if (!parsed) {
    co_return Answer(failureSaying(Kind::invalidUrl, parsed.error().said()));
  }
  const Url& url = *parsed;
  if (auto problem = problemOf(request)) {
    co_return Answer(failureSaying(Kind::invalidUrl, phrase("{}: {}", url.peer(), std::move(*problem))));
  }
  const bool direct = state_->options.proxy.empty() || noProxyFor(state_->options.noProxy, url.host);
  if (!direct && !state_->proxyProblem.empty()) {
    co_return Answer(Failure{Kind::invalidUrl, state_->proxyProblem});
  }
  const auto* by = direct ? nullptr : &*state_->proxy;
  const bool absolute = by && !url.secure;
  const auto head =
      requestHead(request, url, absolute ? "http://" + url.hostHeader() + url.target : url.target,
                  absolute ? state_->proxyAuthorization.reveal() : std::string_view());

  // From here on a cancellation appears as an error of the pending operation instead of an exception, so that
  // connections are cleaned up and the caller gets a Failure.
  const auto throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const RequestContext context{request, url, state_->clock, cancellation,
                               state_->clock.sinceBoot() + request.limits.total};
  auto outcome = co_await state_->converse(context, by, head);
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (outcome.response && absolute && outcome.response->status == 407) {
    outcome.failure = context.failure(
        Kind::proxy, phrase("the proxy {} {}", by->peer(), refusalOf(outcome.response->status)));
  }
  if (outcome.failure) {
    co_return Answer(std::move(*outcome.failure));
  }
  co_return Answer(std::move(*outcome.response));
}

}  // namespace arrivald::http
