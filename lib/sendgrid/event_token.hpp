// EventTokens: OAuth tokens for the event stream. The provider can be told to fetch one with a client's id
// and secret and to send it along with each batch; this hands them out and knows them again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/secret.hpp"

namespace arrivald::sendgrid {

/// A token is its last second and an HMAC-SHA256 of account and second under the client's secret: nothing has
/// to be kept, and it is good over a restart until the secret changes.
class EventTokens {
 public:
  static constexpr Duration kGoodFor = std::chrono::hours(1);
  EventTokens(std::string account, std::string clientId, Secret clientSecret);

  /// Nothing for a wrong id or secret.
  std::optional<std::string> issue(std::string_view clientId, std::string_view clientSecret,
                                   Instant now) const;
  bool accepts(std::string_view token, Instant now) const;

 private:
  std::string sign(std::int64_t until) const;
  std::string account_;
  std::string clientId_;
  Secret secret_;
};

/// In a time that tells only whether the lengths differ.
bool equalSecrets(std::string_view a, std::string_view b);

}  // namespace arrivald::sendgrid
