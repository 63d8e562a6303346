// EventTokens: issues and verifies OAuth tokens for the event webhook. SendGrid can be configured to fetch a
// token with a client id and secret and to send it with each batch.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/secret.hpp"

namespace arrivald::sendgrid {

/// A token consists of its last second of validity and an HMAC-SHA256 of account and second under the client
/// secret. So no state is needed, and tokens stay valid over a restart until the secret changes. Immutable.
class EventTokens {
 public:
  static constexpr Duration kGoodFor = std::chrono::hours(1);  ///< validity of a token
  EventTokens(std::string account, std::string clientId, Secret clientSecret);

  /// Empty if the id or the secret is wrong.
  std::optional<std::string> issue(std::string_view clientId, std::string_view clientSecret,
                                   Instant now) const;
  /// False if the token is malformed, expired, or signed for another account or with another secret.
  bool accepts(std::string_view token, Instant now) const;

 private:
  std::string sign(std::int64_t until) const;
  std::string account_;
  std::string clientId_;
  Secret secret_;
};

/// Compares in constant time, except that it reveals whether the lengths differ.
bool equalSecrets(std::string_view a, std::string_view b);

}  // namespace arrivald::sendgrid
