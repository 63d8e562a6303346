// Connection: a byte stream over TCP or TLS with a deadline. Private to lib/http.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/tls.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

namespace boost::asio::ssl {
template <class Stream>
class stream;
}

namespace arrivald::http {

/// Errors as values beside the result, not as exceptions.
inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

/// A buffer of received bytes.
class Input {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(begin_, end_ - begin_); }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  /// Removes `count` bytes from the beginning.
  void use(std::size_t count);
  /// Space for `count` more bytes at the end; invalidates views. After filling it, call came().
  char* prepare(std::size_t count);
  void came(std::size_t count) { end_ += count; }
  /// Releases the memory if the buffer is empty and its capacity is larger than `size`.
  void shrink(std::size_t size);

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Resource. Loop thread only, one operation at a time. Operations report errors as codes; they throw only if
/// the task's cancellation state throws. When the deadline expires, a pending operation ends with an error.
class Connection {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Code = boost::system::error_code;

  Connection(Socket connected, Clock& clock);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Performs the TLS handshake; from then on all data is encrypted. The client requires a certificate that
  /// is valid for `host`.
  runtime::Task<Code> becomeTlsClient(const TlsContext& context, const std::string& host);
  runtime::Task<Code> becomeTlsServer(const TlsContext& context);
  /// Why the handshake failed, with the remedy.
  Phrase handshakeProblem(const Code& error) const;

  /// Appends at least one and at most `room` bytes to `input`.
  runtime::Task<Code> readMore(std::size_t room);
  struct Count {
    Code error;
    std::size_t bytes = 0;
  };
  /// Reads some bytes directly to `to`, bypassing `input`, which must be empty.
  runtime::Task<Count> readSome(char* to, std::size_t room);
  /// Writes both completely, one after the other.
  runtime::Task<Code> write(std::string_view first, std::string_view second);
  /// The same; the deadline is `stall` after the last byte that the peer took. Set its total before.
  runtime::Task<Code> writeWhileTaken(std::string_view first, std::string_view second, Duration stall);
  /// Since when the peer takes nothing of what is being written, by Clock::sinceBoot(); nothing otherwise.
  std::optional<Duration> stalledSince() const { return stalledSince_; }
  /// Shuts down sending: close_notify over TLS, FIN over plain TCP.
  runtime::Task<> finish();

  void close();
  /// True if the peer has closed the connection or sent unexpected data: it cannot be reused.
  bool stale();
  /// True if received data has not been read.
  bool unread();
  bool secure() const { return tls_ != nullptr; }
  /// The peer's IP address as text; empty if it is no longer connected.
  std::string peer();

 private:
  using Tls = boost::asio::ssl::stream<Socket>;
  Socket& socket();

  Clock& clock_;
  Socket plain_;  // moved into tls_ by the handshake
  TlsContext context_;
  std::unique_ptr<Tls> tls_;
  std::optional<Duration> stalledSince_;

 public:
  Input input;
  runtime::Deadline deadline;
};

}  // namespace arrivald::http
