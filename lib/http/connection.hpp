// Connection: a byte stream to or from a peer, plain or TLS, with its deadline. Private to lib/http.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>

#include "runtime/deadline.hpp"

namespace arrivald::http {

struct Connection {
  using Plain = boost::asio::ip::tcp::socket;
  using Tls = boost::asio::ssl::stream<Plain>;

  Connection(Plain connected, Clock& clock)
      : plain(std::move(connected)), deadline(plain.get_executor(), clock, [this] { close(); }) {}

  /// From here on `tls` holds the socket.
  void startTls(boost::asio::ssl::context& context) {
    tls = std::make_unique<Tls>(std::move(plain), context);
  }
  Plain& socket() { return tls ? tls->next_layer() : plain; }
  void close() {
    boost::system::error_code ignored;
    socket().close(ignored);
  }

  Plain plain;
  std::unique_ptr<Tls> tls;
  boost::beast::flat_buffer buffer;
  runtime::Deadline deadline;
};

}  // namespace arrivald::http
