// Server: serves the simulated account over HTTP: SendGrid's API, its status page, and a Slack-like webhook.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "http/server.hpp"
#include "simulator/account.hpp"

namespace arrivald::simulator {

/// Resource, loop thread only. The account advances with `clock` at each request.
class Server {
 public:
  static constexpr const char* kKey = "SG.simulated";

  /// `networkClock` measures the listener's time-outs; `clock` is the account's time.
  static Result<std::unique_ptr<Server>> listen(boost::asio::any_io_executor executor, Clock& clock,
                                                Clock& networkClock, Account& account, std::uint16_t port);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::uint16_t port() const;
  /// "http://127.0.0.1:port"
  std::string url() const;
  /// Called with the payload of each accepted message.
  std::function<void(const std::string& payload)> onMessage;
  runtime::Task<> stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::simulator
