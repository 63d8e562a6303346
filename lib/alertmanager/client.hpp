// Client: one member of a cluster of Alertmanagers.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"

namespace arrivald::alertmanager {

struct ClientOptions {
  std::string url;   ///< of its page: "http://127.0.0.1:9093", with a path where it has one
  std::string user;  ///< for basic authentication; empty: none
  Secret password;
};

/// Resource. Loop thread only. `transport` must outlive it.
class Client {
 public:
  Client(http::Transport& transport, ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Posts alerts, once: the next round posts them again. `body`: see bodyOf(). Errors: those of
  /// http::toError(); denied and the like (4xx) as Party::configuration.
  runtime::Task<Done> post(std::string body);
  /// Whether it answers and is ready: GET /-/ready. The same errors.
  runtime::Task<Done> ask();

  /// "127.0.0.1:9093", for messages.
  const std::string& peer() const { return peer_; }

 private:
  runtime::Task<Done> send(http::Request request);

  http::Transport& transport_;
  ClientOptions options_;
  std::string peer_;
};

}  // namespace arrivald::alertmanager
