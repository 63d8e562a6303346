// EventAuthenticator: checks who may post events: a signature by a configured key, and a password or a token
// where one is configured.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "runtime/task.hpp"
#include "sendgrid/event_signature.hpp"
#include "sendgrid/event_token.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class EventAuthenticator {
 public:
  EventAuthenticator(Clock& clock, metrics::Registry& registry) : clock_(clock), registry_(registry) {}

  void use(const config::Config& config);
  bool knows(const std::string& account) const { return accounts_.contains(account); }

  struct Refusal {
    std::string kind;  ///< as in arrivald_event_batches_total: "bad_signature", …
    http::Response answer;
  };
  /// Why a batch is refused by its header alone, before its body is read; nothing: the body may come. Whether
  /// the account is unknown, or the signature, the password or the token wrong, is said by `kind` only: the
  /// answer is the same, so that nobody learns which accounts exist.
  std::optional<Refusal> refusalByHeader(const std::string& account, const http::ServerRequest& header) const;
  /// Why the whole batch is refused; nothing: it may come in.
  std::optional<Refusal> refusal(const std::string& account, const http::ServerRequest& request) const;
  /// An OAuth token for whoever proves to be the client of the account (RFC 6749, 4.4). While wrong secrets
  /// come, each request waits a second before it is judged, and at most kMaxWaiting wait at once: guessing is
  /// slow, and who has the secret still gets a token.
  runtime::Task<http::Response> token(std::string account, const http::ServerRequest& request);
  static constexpr int kMaxWaiting = 20;

 private:
  struct Account {
    std::vector<sendgrid::EventKey> keys;
    bool unsignedAllowed = false;
    std::string password;  // "Basic …"; empty: none is required
    std::optional<sendgrid::EventTokens> tokens;
  };
  http::Response judgeToken(const std::string& account, const http::ServerRequest& request);

  Clock& clock_;
  metrics::Registry& registry_;
  std::map<std::string, Account> accounts_;
  std::optional<Duration> wrongSecretAt_;  // by the monotonic clock
  int waiting_ = 0;                        // requests for a token that were told to wait
};

}  // namespace arrivald::watch
