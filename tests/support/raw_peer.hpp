// RawPeer: the other end of a connection, byte by byte as the test wants it, on a real socket of the
// loopback.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <vector>

#include "runtime/task.hpp"

namespace arrivald::testing {

namespace peer {

using Socket = boost::asio::ip::tcp::socket;
inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

inline runtime::Task<> say(Socket& socket, std::string text) {
  const auto bytes = boost::asio::buffer(text);
  auto [error, count] = co_await boost::asio::async_write(socket, bytes, kAsTuple);
  static_cast<void>(error);
  static_cast<void>(count);
}

/// Reads until `end` has come; what has come, even if the connection ended before.
inline runtime::Task<std::string> hear(Socket& socket, std::string end = "\r\n\r\n") {
  std::string heard;
  while (heard.find(end) == std::string::npos) {
    char bytes[4096];
    const auto room = boost::asio::buffer(bytes);
    auto [error, count] = co_await socket.async_read_some(room, kAsTuple);
    heard.append(bytes, count);
    if (error) break;
  }
  co_return heard;
}

/// Reads until the other side ends.
inline runtime::Task<std::string> hearAll(Socket& socket) {
  auto heard = co_await hear(socket, "\x01 never said \x02");
  co_return heard;
}

/// Holds the connection open and says nothing more.
inline runtime::Task<> holdOpen(Socket& socket) {
  boost::asio::steady_timer timer(socket.get_executor(), boost::asio::steady_timer::time_point::max());
  auto [error] = co_await timer.async_wait(kAsTuple);
  static_cast<void>(error);
}

}  // namespace peer

/// Takes connections and lives the script with each; the connection closes when its script ends. The
/// io_context must be declared before whatever the script refers to is not needed any more: it ends with the
/// io_context.
class RawPeer {
 public:
  /// Gets the connection and its number, from 0.
  using Script = std::function<runtime::Task<>(peer::Socket&, int)>;

  RawPeer(boost::asio::io_context& io, Script script)
      : state_(std::make_shared<State>(io, std::move(script))) {
    boost::asio::co_spawn(io, acceptAll(state_), boost::asio::detached);
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }

  /// Hears one request's header, says `text` and hangs up.
  static Script answer(std::string text) {
    return [text = std::move(text)](peer::Socket& socket, int) { return answerOnce(socket, text); };
  }
  /// Hears one request's header, says `text` and then nothing more.
  static Script answerAndHold(std::string text) {
    return [text = std::move(text)](peer::Socket& socket, int) { return answerAndStay(socket, text); };
  }

  unsigned short port() const { return state_->acceptor.local_endpoint().port(); }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port()); }
  std::string url(const std::string& target = "/") const { return "http://" + authority() + target; }
  /// Connections taken so far.
  int taken() const { return state_->taken; }
  /// Scripts that have ended.
  int ended() const { return state_->ended; }

 private:
  struct State {
    State(boost::asio::io_context& io, Script given)
        : acceptor(io, {boost::asio::ip::address_v4::loopback(), 0}), script(std::move(given)) {}
    boost::asio::ip::tcp::acceptor acceptor;
    Script script;
    int taken = 0;
    int ended = 0;
  };

  static runtime::Task<> answerOnce(peer::Socket& socket, std::string text) {
    const auto heard = co_await peer::hear(socket);
    static_cast<void>(heard);
    co_await peer::say(socket, text);
  }
  static runtime::Task<> answerAndStay(peer::Socket& socket, std::string text) {
    co_await answerOnce(socket, text);
    co_await peer::holdOpen(socket);
  }
  static runtime::Task<> live(std::shared_ptr<State> state, peer::Socket socket, int number) {
    co_await state->script(socket, number);
    ++state->ended;
  }
  static runtime::Task<> acceptAll(std::shared_ptr<State> state) {
    for (;;) {
      auto [error, socket] = co_await state->acceptor.async_accept(peer::kAsTuple);
      if (error) co_return;
      const auto executor = state->acceptor.get_executor();
      boost::asio::co_spawn(executor, live(state, std::move(socket), state->taken++), boost::asio::detached);
    }
  }

  std::shared_ptr<State> state_;
};

/// Connects to a port of the loopback, says `text`, and gives all that comes until the other side hangs up.
inline runtime::Task<std::string> sayAndHear(unsigned short port, std::string text) {
  const auto executor = co_await boost::asio::this_coro::executor;
  peer::Socket socket(executor);
  const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(endpoint, boost::asio::use_awaitable);
  co_await peer::say(socket, std::move(text));
  auto heard = co_await peer::hearAll(socket);
  co_return heard;
}

}  // namespace arrivald::testing
