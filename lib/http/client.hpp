// Client: the production Transport: HTTP/1.1 over TCP and TLS with persistent connections, optionally through
// an HTTP proxy.
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
  /// A PEM file of certificate authorities that replaces the system's; empty: the system's.
  std::string caFile;
  /// A PEM file whose first certificate is the only one accepted, whatever its name, issuer and dates: for a
  /// peer that is known by its file. Replaces `caFile`; empty: certificates are verified.
  std::string pinnedCertificate;
  /// "http://[user:password@]host:port"; empty: none.
  Secret proxy;
  /// Hosts reached without the proxy: "localhost", "10.0.0.1", ".example.jp" (the domain and all subdomains),
  /// "*" (all).
  std::vector<std::string> noProxy;
  /// Limit of idle connections to all peers together, and how long an idle connection stays open.
  std::size_t keptConnections = 16;
  Duration keptFor = std::chrono::seconds(50);
};

/// Resource. Loop thread only; must outlive its requests. Verifies certificates and host names; TLS 1.2 and
/// later. The certificate authorities are loaded once, at the first https request (about 20 ms).
class Client final : public Transport {
 public:
  /// `clock` measures all time-outs.
  Client(boost::asio::any_io_executor executor, Clock& clock, ClientOptions options);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// If an idle connection was closed by the peer before any byte of the response, the request is sent once
  /// more on a new connection, provided that its method is idempotent (RFC 9110, 9.2.2) and not DELETE. The
  /// response's body has at least 64 bytes of spare capacity, as simdjson requires.
  runtime::Task<Result<Response, Failure>> send(Request request) override;

  /// Closes all idle connections.
  void closeIdle();
  std::size_t idleConnections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::http
