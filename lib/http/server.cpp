#include "http/server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <list>
#include <map>

#include "http/body_budget.hpp"
#include "http/body_source.hpp"
#include "http/connection.hpp"
#include "http/url.hpp"
#include "http/wire.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace arrivald::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using runtime::Task;

namespace {

constexpr std::size_t kPadding = 64;
// The buffer that an idle connection keeps, and the limit of reading ahead.
constexpr std::size_t kKeptInput = 4 * 1024;
constexpr std::size_t kMaxInput = 16 * 1024;
constexpr std::size_t kChunkRead = 64 * 1024;
constexpr std::size_t kSpareBodies = 2;
constexpr std::size_t kSmallAnswer = 4 * 1024;
// Limit of the responses that are being sent, together: clients that do not read give way to others.
constexpr std::size_t kAllAnswers = std::size_t{64} << 20;
// While all connections are busy, one that becomes slow or idle is looked for so often.
constexpr Duration kRoomAgain = std::chrono::milliseconds(20);
// A connection whose header has been incomplete for longer, or whose body has come too slowly for longer, may
// be closed in favour of a new one.
constexpr Duration kSlow = std::chrono::seconds(1);
// The same of one whose client has taken nothing of its response for longer.
constexpr Duration kStalled = std::chrono::seconds(2);
// If a peer has more incomplete headers than this, each of them gets that much less time: thousands must not
// hold a complete request that waits behind them for seconds.
constexpr std::size_t kFewHeaders = 8;
// What a body takes of its announced size before anything has come.
constexpr std::size_t kFirstOfBody = 16 * 1024;
// When the server closes a connection, how much and for how long it still reads, so that the client receives
// the response.
constexpr std::size_t kDrained = 256 * 1024;
constexpr Duration kDrainedWithin = std::chrono::seconds(2);

constexpr std::array<char, kPadding> kNothing{};

// Without the query, which may hold anything.
std::string_view pathOf(const wire::Head& head) {
  return std::string_view(head.target).substr(0, head.target.find('?'));
}

bool equalInConstantTime(std::string_view a, std::string_view b) {
  // The length is not secret; the characters are.
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// A pool of body buffers, so that memory grows with the requests in progress and not with the number of
// connections. Buffers are never shrunk, so they need not be filled with zeros for each use.
class Bodies {
 public:
  std::string take() {
    if (spare_.empty()) return {};
    auto body = std::move(spare_.back());
    spare_.pop_back();
    return body;
  }
  void give(std::string body) {
    if (spare_.size() < kSpareBodies) spare_.push_back(std::move(body));
  }

 private:
  std::vector<std::string> spare_;
};

struct Borrowed {
  explicit Borrowed(Bodies& from) : bodies(from) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() {
    if (!bytes.empty()) bodies.give(std::move(bytes));
  }
  Bodies& bodies;
  std::string bytes;
};

}  // namespace

struct Server::State {
  State(asio::any_io_executor on, Clock& by, ServerOptions given, Handler handle)
      : executor(on),
        clock(by),
        options(std::move(given)),
        handler(std::move(handle)),
        acceptor(on),
        budget(by, options.allBodiesBytes),
        answers(by, kAllAnswers),
        tasks(
            on, [this](std::string_view name, std::string_view what) { reportFailure(name, what); },
            std::max<std::size_t>(options.connections, 1) + options.reserve + 2) {}

  struct Open {
    Open(tcp::socket socket, Clock& clock) : connection(std::move(socket), clock) {}
    Connection connection;
    std::string peer;
    std::string network;   // as peerOf() names it
    bool limited = false;  // at the limit of connections: serves only who may use the reserve
    bool busy = false;     // from the first byte of a request to the last of its response
    Duration idleSince{};
    std::optional<Duration> headerSince;  // set while a header is incomplete
    std::optional<Duration> bodySince;    // set while a body is incomplete
    std::size_t bodyCame = 0;             // bytes of it
    std::size_t readAhead = kKeptInput;
  };

  // The result of reading a request.
  struct Read {
    bool complete = false;
    std::optional<Response> refusal;  // sent before closing; empty if the connection ended
    unsigned cutWith = 0;  // the status of a request that the server ended without a response, or 0
  };

  // The body of one request.
  struct Body {
    Body(Bodies& pool, BodyBudget& budget, const Open& entry, std::function<void()> giveWay)
        : buffer(pool), share(budget, entry.network, std::move(giveWay)) {}
    Borrowed buffer;
    BodyBudget::Share share;
    std::size_t size = 0;
  };

  asio::any_io_executor executor;
  Clock& clock;
  ServerOptions options;
  Handler handler;
  Secret expectedAuthorization;  // in base64
  TlsContext tls;
  tcp::acceptor acceptor;
  runtime::Wakeup room;  // wakes who waits for room for a connection, when one ends
  std::list<Open> open;
  Bodies bodies;
  BodyBudget budget;
  BodyBudget answers;  // the responses that are being sent
  bool stopping = false;
  Duration idleGrace{};  // while stopping: how long a connection may be idle
  runtime::TaskGroup tasks;

  void reportFailure(std::string_view where, std::string_view what) const {
    if (options.onFailure) options.onFailure(where, what);
  }
  void makeRoom();
  bool isFull(const std::string& network) const;
  std::optional<Duration> mayCloseSince(const Open& entry, Duration headerWithin) const;
  bool admits(const Headers& headers) const;
  std::optional<Response> refusalOf(Open& entry, const wire::Head& head) const;

  Done bind(const tcp::endpoint& endpoint, bool portIsOurs);
  bool takeOver(State& predecessor, const tcp::endpoint& endpoint);

  Task<> acceptAll();
  void acceptWaiting();
  void endAccepting();
  void take(tcp::socket socket);
  Task<> serve(std::list<Open>::iterator entry);
  Task<> converse(Open& entry);
  Task<bool> answerOne(Open& entry);
  Task<Read> readHead(Open& entry, wire::Head& head);
  Task<Read> readBody(Open& entry, const wire::Head& head, Body& body);
  Task<Read> readSized(Open& entry, std::size_t size, Body& body);
  Task<Read> readChunked(Open& entry, Body& body);
  bool growBody(Body& body, std::size_t wanted, Read& result) const;
  void pace(Open& entry) const;
  Read endedEarly(const Open& entry, const Body& body) const;
  Task<bool> refuse(Open& entry, const wire::Head& head, Read read);
  Task<Response> answerTo(const ServerRequest& request);
  Task<Result<std::string>> nextPiece(BodySource& source) const;
  Task<bool> writeSource(Open& entry, Response response, bool keepAlive, const wire::Head& head);
  Task<bool> write(Open& entry, Response response, bool keepAlive, const wire::Head& head);
  Task<> hangUp(Open& entry);
};

// Since when a connection may be closed in favour of a new one; nothing while it may not.
std::optional<Duration> Server::State::mayCloseSince(const Open& entry, Duration headerWithin) const {
  const auto now = clock.sinceBoot();
  if (!entry.busy) return entry.idleSince;
  if (entry.headerSince && now - *entry.headerSince > headerWithin) return entry.headerSince;
  const auto stalled = entry.connection.stalledSince();
  if (stalled && now - *stalled > kStalled) return stalled;
  if (!entry.bodySince || now - *entry.bodySince <= kSlow) return std::nullopt;
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now - *entry.bodySince).count();
  const bool slow = entry.bodyCame < options.minBodyRate * static_cast<std::size_t>(milliseconds) / 1000;
  return slow ? entry.bodySince : std::nullopt;
}

// Closes a connection to make room for a new one: of the peer that has the most, the longest idle or slowest,
// so that one peer's connections cannot lock others out.
void Server::State::makeRoom() {
  struct Peer {
    std::size_t connections = 0;
    std::size_t headers = 0;  // incomplete ones
  };
  std::map<std::string_view, Peer> peers;
  for (const auto& entry : open) {
    auto& peer = peers[entry.network];
    ++peer.connections;
    if (entry.headerSince) ++peer.headers;
  }
  Open* chosen = nullptr;
  std::size_t most = 0;
  Duration longest{};
  for (auto& entry : open) {
    const auto [connections, headers] = peers[entry.network];
    const auto crowd = static_cast<Duration::rep>(std::max(headers, kFewHeaders));
    const auto since = mayCloseSince(entry, kSlow * static_cast<Duration::rep>(kFewHeaders) / crowd);
    if (!since) continue;
    if (chosen && (connections < most || (connections == most && *since >= longest))) continue;
    chosen = &entry;
    most = connections;
    longest = *since;
  }
  if (chosen) chosen->connection.close();
}

namespace {

Phrase reasonOf(const error_code& error) {
  if (error == asio::error::address_in_use) return phrase("Address already in use");
  if (error == asio::error::access_denied) return phrase("Permission denied");
  if (error.value() == EADDRNOTAVAIL) return phrase("Cannot assign requested address");
  return verbatim(error.message());
}

Phrase remedyOf(const error_code& error, bool portIsOurs) {
  if (error == asio::error::address_in_use)
    return portIsOurs ? phrase(
                            "; arrivald itself has this port with another address: restart it to change the "
                            "address only")
                      : phrase("; another program has this port: stop it, or give another one");
  if (error == asio::error::access_denied) return phrase("; ports below 1024 are for root: give another one");
  return phrase("; is this an address of this machine?");
}

}  // namespace

Done Server::State::bind(const tcp::endpoint& endpoint, bool portIsOurs) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  // Asio removes a descriptor from its epoll set when it closes it only if it knows that the descriptor may
  // have been duplicated, as takeOver() does; it assumes that of assigned descriptors.
  if (!error) {
    const int descriptor = acceptor.release(error);
    if (!error) acceptor.assign(endpoint.protocol(), descriptor, error);
  }
  if (!error) return done();
  const auto port = options.port == 0 ? std::string() : fmt::format(":{}", options.port);
  return Error::of(Error::Kind::unavailable, phrase("cannot listen on {}{}: {}{}", options.address, port,
                                                    reasonOf(error), remedyOf(error, portIsOurs)));
}

// Duplicates the predecessor's listening socket; both descriptors refer to it until the predecessor closes
// its own.
bool Server::State::takeOver(State& predecessor, const tcp::endpoint& endpoint) {
  error_code error;
  const auto theirs = predecessor.acceptor.local_endpoint(error);
  const bool same = theirs == endpoint || predecessor.options.port == endpoint.port();
  if (error || !same || theirs.address() != endpoint.address()) return false;
  const int descriptor = ::fcntl(predecessor.acceptor.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return false;
  acceptor.assign(endpoint.protocol(), descriptor, error);
  if (error) ::close(descriptor);
  return !error;
}

// What was accepted is served, also if the server stops meanwhile: the client has been let in.
Task<> Server::State::acceptAll() {
  while (!stopping) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (error && stopping) co_return;
    if (error) {
      // Out of file descriptors or memory: try again once other connections have ended.
      co_await runtime::sleepFor(clock, std::chrono::milliseconds(100));
      continue;
    }
    if (options.reserve > 0 && open.size() >= options.connections) makeRoom();
    while (open.size() >= options.connections + options.reserve && !stopping) {
      makeRoom();
      co_await room.wait(clock, kRoomAgain);
    }
    take(std::move(socket));
  }
}

void Server::State::take(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  open.emplace_back(std::move(socket), clock);
  const auto entry = std::prev(open.end());
  entry->peer = entry->connection.peer();
  entry->network = peerOf(entry->peer);
  entry->idleSince = clock.sinceBoot();
  entry->limited = isFull(entry->network);
  if (!tasks.spawn("connection", serve(entry))) open.erase(entry);
}

// Whether either limit is exceeded, by the connections that are open.
bool Server::State::isFull(const std::string& network) const {
  if (open.size() > options.connections) return true;
  if (options.connectionsPerPeer == 0 || open.size() <= options.connectionsPerPeer) return false;
  const auto own = std::ranges::count_if(open, [&](const Open& entry) { return entry.network == network; });
  return static_cast<std::size_t>(own) > options.connectionsPerPeer;
}

void Server::State::endAccepting() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  room.wake();
}

// Takes the connections that the system has accepted for this listener: closing it would reset them.
void Server::State::acceptWaiting() {
  error_code error;
  acceptor.non_blocking(true, error);
  while (!error && open.size() < options.connections) {
    tcp::socket socket(executor);
    acceptor.accept(socket, error);
    if (!error) take(std::move(socket));
  }
}

Task<> Server::State::serve(std::list<Open>::iterator entry) {
  struct Leaving {
    State& state;
    std::list<Open>::iterator entry;
    ~Leaving() {
      state.open.erase(entry);
      state.room.wake();
    }
  };
  const Leaving leaving{*this, entry};
  entry->connection.deadline.within(options.headerWithin);
  if (tls) {
    const auto error = co_await entry->connection.becomeTlsServer(tls);
    if (error) co_return;
  }
  co_await converse(*entry);
}

Task<> Server::State::converse(Open& entry) {
  for (;;) {
    const auto more = co_await answerOne(entry);
    // A response that promised to keep the connection may have crossed the retirement.
    if (!more || (stopping && idleGrace <= Duration{})) break;
    entry.busy = false;
    entry.idleSince = clock.sinceBoot();
    if (entry.connection.input.empty()) entry.connection.input.shrink(entry.readAhead);
    entry.connection.deadline.off();
    entry.connection.deadline.within(stopping ? idleGrace : options.idleFor);
  }
  co_await hangUp(entry);
}

// Closing a socket with unread data resets the connection, and the client may lose the response: so the data
// is read, within limits.
Task<> Server::State::hangUp(Open& entry) {
  auto& connection = entry.connection;
  // From here on it may be closed in favour of others.
  entry.busy = false;
  entry.idleSince = clock.sinceBoot();
  connection.deadline.off();
  connection.deadline.within(kDrainedWithin);
  const bool unread = connection.unread();
  co_await connection.finish();
  if (!unread) co_return;
  connection.input.use(connection.input.size());
  for (std::size_t drained = 0; drained < kDrained; drained += connection.input.size()) {
    connection.input.use(connection.input.size());
    const auto error = co_await connection.readMore(kMaxInput);
    if (error) co_return;
  }
}

bool Server::State::admits(const Headers& headers) const {
  if (expectedAuthorization.empty()) return true;
  const auto given = headers.find("Authorization");
  constexpr std::string_view kBasic = "Basic ";
  return given && equalsWithoutCase(given->substr(0, kBasic.size()), kBasic) &&
         equalInConstantTime(given->substr(kBasic.size()), expectedAuthorization.reveal());
}

// Why a request is refused by its header alone; empty if it is not.
std::optional<Response> Server::State::refusalOf(Open& entry, const wire::Head& head) const {
  // There may be room again by now.
  if (entry.limited) entry.limited = isFull(entry.network);
  if (entry.limited && !(options.mayUseReserve && options.mayUseReserve(pathOf(head)))) {
    auto response = plainText(503, "too many connections are open; try again later");
    response.headers.add("Retry-After", "5");
    return response;
  }
  if (!head.http10 && !head.headers.find("Host")) return plainText(400, "the request has no Host header");
  if (head.otherCoding) return plainText(501, "this transfer coding is not supported");
  if (!admits(head.headers)) {
    auto response = plainText(401, "a user and a password are required");
    response.headers.add("WWW-Authenticate", "Basic realm=\"arrivald\", charset=\"UTF-8\"");
    return response;
  }
  if (head.contentLength && *head.contentLength > options.bodyBytes)
    return plainText(413, fmt::format("the body is larger than {} bytes", options.bodyBytes));
  return std::nullopt;
}

Task<Server::State::Read> Server::State::readHead(Open& entry, wire::Head& head) {
  Read result;
  auto& connection = entry.connection;
  std::size_t searched = 0;
  for (;;) {
    // Empty lines before a request are ignored (RFC 9112, 2.2).
    while (searched == 0 && connection.input.view().starts_with("\r\n")) connection.input.use(2);
    const auto came = connection.input.view();
    if (!came.empty()) {
      const auto size = wire::headerSize(came, searched);
      if (size.value_or(came.size()) > options.headerBytes) {
        result.refusal =
            plainText(431, fmt::format("the header is larger than {} bytes", options.headerBytes));
        co_return result;
      }
      if (size) {
        entry.busy = true;
        entry.headerSince.reset();
        auto parsed = wire::readRequest(came.substr(0, *size));
        connection.input.use(*size);
        if (parsed) {
          head = std::move(*parsed);
          result.refusal = refusalOf(entry, head);
          result.complete = !result.refusal;
        } else {
          result.refusal = plainText(400, "this is not an HTTP/1.1 request");
        }
        co_return result;
      }
      if (!wire::mayBeRequest(came)) {
        result.refusal = plainText(400, "this is not an HTTP/1.1 request");
        co_return result;
      }
      // The first byte may arrive within idleFor, the whole header within headerWithin after it. The deadline
      // is set once, so that sending byte by byte does not extend it.
      if (!entry.busy) {
        connection.deadline.within(options.headerWithin);
        entry.headerSince = clock.sinceBoot();
      }
      entry.busy = true;
    }
    searched = came.size();
    const auto error = co_await connection.readMore(entry.readAhead);
    if (error) co_return result;
  }
}

// The time until which more of the body must have come.
void Server::State::pace(Open& entry) const {
  const auto earned = std::chrono::milliseconds(
      static_cast<std::int64_t>(entry.bodyCame * 1000 / std::max<std::size_t>(options.minBodyRate, 1)));
  const Duration allowed = std::min<Duration>(options.bodyWithin, ServerOptions::kBodyStart + earned);
  entry.connection.deadline.within(entry.bodySince.value_or(Duration{}) + allowed - clock.sinceBoot());
}

// Why a body was not read to its end: the connection broke, or the server cut it.
Server::State::Read Server::State::endedEarly(const Open& entry, const Body& body) const {
  Read result;
  if (body.share.gaveWay())
    result.cutWith = 503;
  else if (entry.connection.deadline.expired())
    result.cutWith = 408;
  return result;
}

// Makes room for `wanted` bytes of body. False, with the refusal, if there is no memory left.
bool Server::State::growBody(Body& body, std::size_t wanted, Read& result) const {
  if (body.share.grow(wanted)) return true;
  if (body.share.gaveWay()) {
    result.cutWith = 503;
    return false;
  }
  result.refusal = plainText(503, "too many request bodies are in progress; try again later");
  result.refusal->headers.add("Retry-After", "5");
  return false;
}

// Reads the body into a buffer with at least kPadding bytes after it.
Task<Server::State::Read> Server::State::readBody(Open& entry, const wire::Head& head, Body& body) {
  body.buffer.bytes = bodies.take();
  entry.bodyCame = 0;
  entry.bodySince = clock.sinceBoot();
  pace(entry);
  Read result;
  if (head.contentLength) {
    result = co_await readSized(entry, static_cast<std::size_t>(*head.contentLength), body);
  } else {
    result = co_await readChunked(entry, body);
  }
  entry.bodySince.reset();
  if (result.complete) body.share.complete();
  co_return result;
}

// The buffer grows with what comes, since an announcement costs its sender nothing.
Task<Server::State::Read> Server::State::readSized(Open& entry, std::size_t size, Body& body) {
  Read result;
  auto& connection = entry.connection;
  auto& bytes = body.buffer.bytes;
  auto& came = entry.bodyCame;
  std::size_t reserved = 0;
  while (came < size) {
    if (came == reserved) {
      reserved = std::min(size, std::max(kFirstOfBody, 2 * reserved));
      if (!growBody(body, reserved, result)) co_return result;
      if (bytes.size() < reserved + kPadding) bytes.resize(reserved + kPadding);
    }
    const auto begun = connection.input.view().substr(0, reserved - came);
    if (!begun.empty()) {
      std::copy(begun.begin(), begun.end(), bytes.data() + came);
      came += begun.size();
      connection.input.use(begun.size());
      continue;
    }
    auto* const to = bytes.data() + came;
    const auto count = co_await connection.readSome(to, reserved - came);
    came += count.bytes;
    if (count.error) co_return endedEarly(entry, body);
    pace(entry);
  }
  body.size = size;
  result.complete = true;
  co_return result;
}

Task<Server::State::Read> Server::State::readChunked(Open& entry, Body& body) {
  Read result;
  auto& connection = entry.connection;
  auto& bytes = body.buffer.bytes;
  bytes.clear();
  wire::ChunkReader chunks;
  for (;;) {
    // Before the bytes are decoded: what has been read is in memory already, and is at most kChunkRead.
    const auto before = connection.input.size();
    if (!growBody(body, std::min(bytes.size() + before, options.bodyBytes), result)) co_return result;
    const auto used = chunks.read(connection.input.view(), bytes, options.bodyBytes);
    connection.input.use(used);
    entry.bodyCame += used;
    pace(entry);
    if (chunks.state() == wire::ChunkReader::State::done) break;
    if (chunks.state() == wire::ChunkReader::State::malformed) {
      result.refusal = plainText(400, "a chunk of the body is malformed");
      co_return result;
    }
    if (chunks.state() == wire::ChunkReader::State::tooLarge) {
      result.refusal = plainText(413, fmt::format("the body is larger than {} bytes", options.bodyBytes));
      co_return result;
    }
    const auto error = co_await connection.readMore(kChunkRead);
    if (error) co_return endedEarly(entry, body);
  }
  body.size = bytes.size();
  bytes.resize(body.size + kPadding);
  result.complete = true;
  co_return result;
}

// An exception of the handler fails the request, not the connection.
Task<Response> Server::State::answerTo(const ServerRequest& request) {
  std::string failure;
  try {
    auto response = co_await handler(request);
    const bool usable = response.status >= 200 && response.status <= 999 &&
                        std::all_of(response.headers.begin(), response.headers.end(), [](const auto& field) {
                          return wire::isToken(field.first) && wire::isFieldValue(field.second);
                        });
    if (usable) co_return response;
    failure = "the response has an invalid status or header field";
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  reportFailure(fmt::format("{} {}", request.method, request.path), failure);
  co_return plainText(500, "the request failed inside arrivald");
}

// The next piece of a body; an exception of its source cuts that body.
Task<Result<std::string>> Server::State::nextPiece(BodySource& source) const {
  std::string failure;
  try {
    co_return co_await source.next();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  co_return Error{Error::Kind::bug, std::move(failure)};
}

Task<bool> Server::State::writeSource(Open& entry, Response response, bool keepAlive,
                                      const wire::Head& head) {
  auto& connection = entry.connection;
  const bool isChunked = !head.http10;
  const bool staysOpen = keepAlive && isChunked;
  const auto text = isChunked
                        ? wire::chunkedHead(response.status, response.headers, staysOpen)
                        : wire::responseHead(response.status, response.headers, std::nullopt, false, true);
  connection.deadline.off();
  connection.deadline.total(options.bodyWithin);
  auto error = co_await connection.writeWhileTaken(text, "", options.stalledFor);
  if (error) co_return false;
  if (head.method == "HEAD") co_return staysOpen;
  for (;;) {
    // Sources have deadlines of their own, as handlers have; sending each piece has one here.
    connection.deadline.off();
    auto piece = co_await nextPiece(*response.source);
    if (!piece.ok()) {
      reportFailure(fmt::format("{} {}", head.method, pathOf(head)), piece.error().text);
      co_return false;
    }
    const bool isLast = piece->empty();
    std::string begin;
    if (isChunked) {
      begin = wire::chunkBegin(piece->size());
      piece->append(wire::kChunkEnd);
    }
    connection.deadline.total(options.bodyWithin);
    error = co_await connection.writeWhileTaken(begin, *piece, options.stalledFor);
    if (error) co_return false;
    if (isLast) co_return staysOpen;
  }
}

Task<bool> Server::State::write(Open& entry, Response response, bool keepAlive, const wire::Head& head) {
  if (response.source) {
    co_return co_await writeSource(entry, std::move(response), keepAlive, head);
  }
  auto& connection = entry.connection;
  BodyBudget::Share share(answers, entry.network, [&connection] { connection.close(); });
  if (response.body.size() > kSmallAnswer && !share.grow(std::min(response.body.size(), kAllAnswers))) {
    response = plainText(503, "too many responses are being sent; try again later");
    response.headers.add("Retry-After", "5");
  }
  std::optional<std::size_t> length;
  if (response.status == 204 || response.status == 304) {
    response.body.clear();
  } else {
    length = response.body.size();
  }
  auto text = wire::responseHead(response.status, response.headers, length, keepAlive, head.http10);
  if (head.method == "HEAD") response.body.clear();
  if (response.body.size() <= kSmallAnswer) {
    text += response.body;
    response.body.clear();
  }
  connection.deadline.off();
  connection.deadline.total(options.bodyWithin);
  const auto error = co_await connection.writeWhileTaken(text, response.body, options.stalledFor);
  connection.deadline.off();
  co_return !error && keepAlive;
}

// Answers a request that the server itself refuses, and reports it.
Task<bool> Server::State::refuse(Open& entry, const wire::Head& head, Read read) {
  const auto path = pathOf(head);
  const unsigned status = read.refusal ? read.refusal->status : read.cutWith;
  if (status != 0 && options.onRefused) options.onRefused(path, status);
  if (read.refusal) {
    auto response = std::move(*read.refusal);
    const auto written = co_await write(entry, std::move(response), false, head);
    static_cast<void>(written);
  }
  co_return false;
}

Task<bool> Server::State::answerOne(Open& entry) {
  auto& connection = entry.connection;
  wire::Head head;
  auto read = co_await readHead(entry, head);
  if (!read.complete) {
    co_return co_await refuse(entry, head, std::move(read));
  }
  ServerRequest request;
  request.method = head.method;
  const std::string_view target = head.target;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.headers = std::move(head.headers);
  request.peer = entry.peer;
  request.body = std::string_view(kNothing.data(), 0);
  if (options.admit) {
    // Whoever judges knows why, and reports it.
    auto refusal = options.admit(request);
    if (refusal) {
      auto response = std::move(*refusal);
      const auto written = co_await write(entry, std::move(response), false, head);
      static_cast<void>(written);
      co_return false;
    }
  }

  std::optional<Body> body;
  if (head.chunked || head.contentLength.value_or(0) > 0) {
    body.emplace(bodies, budget, entry, [&connection] { connection.close(); });
    const auto expectation = request.headers.find("Expect");
    if (expectation && equalsWithoutCase(*expectation, "100-continue") && connection.input.empty()) {
      const auto error = co_await connection.write("HTTP/1.1 100 Continue\r\n\r\n", "");
      if (error) co_return false;
    }
    read = co_await readBody(entry, head, *body);
    if (!read.complete) {
      co_return co_await refuse(entry, head, std::move(read));
    }
    request.body = std::string_view(body->buffer.bytes.data(), body->size);
  }
  // After a large body the connection is read in larger steps.
  entry.readAhead = std::clamp(request.body.size(), kKeptInput, kMaxInput);

  // Handlers have deadlines of their own; sending the response has one here.
  connection.deadline.off();
  auto response = co_await answerTo(request);
  const bool keepAlive = head.keepAlive && !stopping;
  const auto more = co_await write(entry, std::move(response), keepAlive, head);
  co_return more;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, Clock& clock,
                                               ServerOptions options, Handler handler) {
  auto server = bind(std::move(executor), clock, std::move(options), std::move(handler));
  if (server) (*server)->start();
  return server;
}

Result<std::unique_ptr<Server>> Server::bind(asio::any_io_executor executor, Clock& clock,
                                             ServerOptions options, Handler handler,
                                             const std::vector<const Server*>& predecessors) {
  auto state = std::make_unique<State>(std::move(executor), clock, std::move(options), std::move(handler));
  auto& wanted = state->options;
  wanted.connections = std::max<std::size_t>(wanted.connections, 1);
  if (!wanted.certificateFile.empty()) {
    auto context = serverContext(wanted.certificateFile, wanted.keyFile);
    if (!context) return context.error();
    state->tls = std::move(*context);
  }
  if (!wanted.basicAuthentication.empty())
    state->expectedAuthorization = Secret(base64(wanted.basicAuthentication.reveal()));
  error_code error;
  const auto address = asio::ip::make_address(wanted.address, error);
  if (error)
    return Error{Error::Kind::invalid,
                 fmt::format("\"{}\" is not an IP address to listen on", wanted.address)};
  const tcp::endpoint endpoint(address, wanted.port);
  const auto sharesWith = [&](const Server* predecessor) {
    return predecessor && state->takeOver(*predecessor->state_, endpoint);
  };
  if (std::none_of(predecessors.begin(), predecessors.end(), sharesWith)) {
    const bool isOurs = std::any_of(predecessors.begin(), predecessors.end(), [&](const Server* predecessor) {
      return predecessor && predecessor->port() == wanted.port;
    });
    if (const auto bound = state->bind(endpoint, isOurs); !bound) return bound.error();
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::start() { state_->tasks.spawn("accept", state_->acceptAll()); }

std::uint16_t Server::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

std::size_t Server::openConnections() const { return state_->open.size(); }

void Server::retire(Duration idleGrace) {
  auto& state = *state_;
  state.idleGrace = idleGrace;
  state.acceptWaiting();
  state.endAccepting();
  for (auto& entry : state.open)
    if (!entry.busy) entry.connection.deadline.within(idleGrace);
}

Task<> Server::stop(Duration grace) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  auto& state = *state_;
  state.idleGrace = {};
  state.endAccepting();
  // A request that has come and was not read yet has begun.
  for (auto& entry : state.open)
    if (!entry.busy && !entry.connection.unread()) entry.connection.close();
  // After `grace` everything that still runs is cancelled.
  runtime::Deadline cut(state.executor, state.clock, [&state] {
    for (auto& entry : state.open) entry.connection.close();
    state.tasks.stop();
  });
  cut.within(grace);
  co_await state.tasks.join();
}

}  // namespace arrivald::http
