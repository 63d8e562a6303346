// Connection: a byte stream to or from a peer, plain or TLS, with its deadline. Private to lib/http.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
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

/// Bytes that have come and wait to be used.
class Input {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(begin_, end_ - begin_); }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  void use(std::size_t count);
  /// Room for `count` more bytes; what was there may move.
  char* prepare(std::size_t count);
  void came(std::size_t count) { end_ += count; }
  /// Gives the memory back if it is empty and larger than `size`.
  void shrink(std::size_t size);

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// One user at a time. No call throws but for a cancellation that arrives where cancellation throws.
/// Everything under way ends with an error when the deadline runs out.
class Connection {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Code = boost::system::error_code;

  Connection(Socket connected, Clock& clock);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// From here on everything goes through TLS. The client demands a certificate for `host`.
  runtime::Task<Code> becomeTlsClient(const TlsContext& context, const std::string& host);
  runtime::Task<Code> becomeTlsServer(const TlsContext& context);
  /// Why the handshake failed.
  std::string handshakeProblem(const Code& error) const;

  /// Some bytes more in `input`, at most `room`.
  runtime::Task<Code> readMore(std::size_t room);
  struct Count {
    Code error;
    std::size_t bytes = 0;
  };
  /// Some bytes past `input`, which must be empty, straight to where they belong.
  runtime::Task<Count> readSome(char* to, std::size_t room);
  /// All of both, one after the other.
  runtime::Task<Code> write(std::string_view first, std::string_view second);
  /// Says good-bye as TLS wants it; with plain TCP the end of what we send.
  runtime::Task<> finish();

  void close();
  /// True if the peer has closed or said something unasked: no use for another request.
  bool stale();
  /// True if something has come that nobody has read.
  bool unread();
  bool secure() const { return tls_ != nullptr; }
  /// The peer's address as text; empty if it is gone.
  std::string peer();

 private:
  using Tls = boost::asio::ssl::stream<Socket>;
  Socket& socket();

  Socket plain_;  // moved from once there is TLS
  TlsContext context_;
  std::unique_ptr<Tls> tls_;

 public:
  Input input;
  runtime::Deadline deadline;
};

}  // namespace arrivald::http
