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
#include "sendgrid/event_signature.hpp"
#include "sendgrid/event_token.hpp"

namespace arrivald::watch {

/// Resource; loop thread only.
class EventAuthenticator {
 public:
  EventAuthenticator(const Clock& clock, metrics::Registry& registry) : clock_(clock), registry_(registry) {}

  void use(const config::Config& config);
  bool knows(const std::string& account) const { return accounts_.contains(account); }

  struct Refusal {
    std::string kind;  ///< as in arrivald_event_batches_total: "bad_signature", …
    http::Response answer;
  };
  /// Why the batch is refused; nothing: it may come in. `account` is one that is known.
  std::optional<Refusal> refusal(const std::string& account, const http::ServerRequest& request) const;
  /// An OAuth token for whoever proves to be the client of the account (RFC 6749, 4.4).
  http::Response token(const std::string& account, const http::ServerRequest& request) const;

 private:
  struct Account {
    std::vector<sendgrid::EventKey> keys;
    bool unsignedAllowed = false;
    std::string password;  // "Basic …"; empty: none is required
    std::optional<sendgrid::EventTokens> tokens;
  };
  const Clock& clock_;
  metrics::Registry& registry_;
  std::map<std::string, Account> accounts_;
};

}  // namespace arrivald::watch
