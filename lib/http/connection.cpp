#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

namespace arrivald::http {

namespace asio = boost::asio;
using runtime::Task;

void Input::use(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

char* Input::prepare(std::size_t count) {
  if (bytes_.size() - end_ < count && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() - end_ < count) bytes_.resize(end_ + count);
  return bytes_.data() + end_;
}

void Input::shrink(std::size_t size) {
  if (empty() && bytes_.size() > size) std::string().swap(bytes_);
}

Connection::Connection(Socket connected, Clock& clock)
    : clock_(clock),
      plain_(std::move(connected)),
      deadline(plain_.get_executor(), clock, [this] { close(); }) {}
Connection::~Connection() = default;

Connection::Socket& Connection::socket() { return tls_ ? tls_->next_layer() : plain_; }

Task<Connection::Code> Connection::becomeTlsClient(const TlsContext& context, const std::string& host) {
  context_ = context;
  tls_ = std::make_unique<Tls>(std::move(plain_), *context);
  expectHost(tls_->native_handle(), host);
  auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  co_return error;
}

Task<Connection::Code> Connection::becomeTlsServer(const TlsContext& context) {
  context_ = context;
  tls_ = std::make_unique<Tls>(std::move(plain_), *context);
  auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAsTuple);
  co_return error;
}

Phrase Connection::handshakeProblem(const Code& error) const {
  return http::handshakeProblem(tls_->native_handle(), error);
}

Task<Connection::Code> Connection::readMore(std::size_t room) {
  auto* const to = input.prepare(room);
  const auto count = co_await readSome(to, room);
  input.came(count.bytes);
  co_return count.error;
}

Task<Connection::Count> Connection::readSome(char* to, std::size_t room) {
  Count count;
  const auto space = asio::buffer(to, room);
  if (tls_) {
    auto [error, bytes] = co_await tls_->async_read_some(space, kAsTuple);
    count.error = error;
    count.bytes = bytes;
  } else {
    auto [error, bytes] = co_await plain_.async_read_some(space, kAsTuple);
    count.error = error;
    count.bytes = bytes;
  }
  co_return count;
}

Task<Connection::Code> Connection::write(std::string_view first, std::string_view second) {
  const std::array<asio::const_buffer, 2> bytes = {asio::buffer(first), asio::buffer(second)};
  if (tls_) {
    auto [error, count] = co_await asio::async_write(*tls_, bytes, kAsTuple);
    static_cast<void>(count);
    co_return error;
  }
  auto [error, count] = co_await asio::async_write(plain_, bytes, kAsTuple);
  static_cast<void>(count);
  co_return error;
}

Task<Connection::Code> Connection::writeWhileTaken(std::string_view first, std::string_view second,
                                                   Duration stall) {
  const std::array<asio::const_buffer, 2> bytes = {asio::buffer(first), asio::buffer(second)};
  constexpr std::size_t kAtOnce = 64 * 1024;
  // Asked before each piece. A small response is sent by the first, and needs no timer.
  const auto next = [this, stall](const Code& error, std::size_t) -> std::size_t {
    if (error) return 0;
    stalledSince_ = clock_.sinceBoot();
    deadline.within(stall);
    return kAtOnce;
  };
  Code result;
  if (tls_) {
    auto [error, count] = co_await asio::async_write(*tls_, bytes, next, kAsTuple);
    static_cast<void>(count);
    result = error;
  } else {
    auto [error, count] = co_await asio::async_write(plain_, bytes, next, kAsTuple);
    static_cast<void>(count);
    result = error;
  }
  stalledSince_.reset();
  co_return result;
}

Task<> Connection::finish() {
  if (tls_) {
    // Sends our close_notify without waiting for the peer's.
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    auto [error] = co_await tls_->async_shutdown(kAsTuple);
    static_cast<void>(error);
  }
  Code ignored;
  socket().shutdown(Socket::shutdown_send, ignored);
}

void Connection::close() {
  Code ignored;
  socket().close(ignored);
}

bool Connection::stale() {
  if (!socket().is_open()) return true;
  char byte = 0;
  const auto count = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Connection::unread() {
  Code error;
  return !input.empty() || (socket().is_open() && socket().available(error) > 0);
}

std::string Connection::peer() {
  Code error;
  const auto endpoint = socket().remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace arrivald::http
