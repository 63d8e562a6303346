// Client: the real Transport. HTTP/1.1 over TCP and TLS with kept connections, by way of a proxy where one is
// set.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"

namespace arrivald::http {

struct ClientOptions {
  /// A PEM file of authorities to trust instead of the system's; empty: the system's.
  std::string caFile;
  /// "http://[user:password@]host:port"; empty: none.
  Secret proxy;
  /// Hosts reached directly: "localhost", "10.0.0.1", ".example.jp" (the domain and all below it), "*" (all).
  std::vector<std::string> noProxy;
  /// Kept connections, all peers together, and how long an idle one stays open.
  std::size_t keptConnections = 16;
  Duration keptFor = std::chrono::seconds(50);
};

/// Verifies certificates and names, speaks TLS 1.2 and later. The certificate authorities are loaded at the
/// first https request (about 20 ms), once. Loop thread only. Must outlive its requests.
class Client final : public Transport {
 public:
  /// `clock` decides all time-outs.
  Client(boost::asio::any_io_executor executor, Clock& clock, ClientOptions options);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// A request on a kept connection that ends without a byte of an answer is sent once more on a new one, if
  /// its method is idempotent. The response's body has 64 bytes of capacity to spare, as fast parsers want.
  runtime::Task<Result<Response, Failure>> send(Request request) override;

  /// Closes the kept connections.
  void closeIdle();
  std::size_t idleConnections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::http
