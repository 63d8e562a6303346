#include "sendgrid/event_token.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

namespace arrivald::sendgrid {

bool equalSecrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

EventTokens::EventTokens(std::string account, std::string clientId, Secret clientSecret)
    : account_(std::move(account)), clientId_(std::move(clientId)), secret_(std::move(clientSecret)) {}

std::string EventTokens::sign(std::int64_t until) const {
  const auto signedText = fmt::format("arrivald events\n{}\n{}", account_, until);
  const auto key = secret_.reveal();
  std::array<unsigned char, 32> mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signedText.data()), signedText.size(), mac.data(), &length);
  std::string token = fmt::format("{}.", until);
  for (const auto byte : mac) token += fmt::format("{:02x}", byte);
  return token;
}

std::optional<std::string> EventTokens::issue(std::string_view clientId, std::string_view clientSecret,
                                              Instant now) const {
  // Both are always compared, so that the time does not reveal whether the id is right.
  const bool id = equalSecrets(clientId, clientId_), secret = equalSecrets(clientSecret, secret_.reveal());
  if (!id || !secret) return std::nullopt;
  return sign(unixSeconds(now + kGoodFor));
}

bool EventTokens::accepts(std::string_view token, Instant now) const {
  std::int64_t until = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), until);
  if (error != std::errc() || until < unixSeconds(now) || until > unixSeconds(now + kGoodFor)) return false;
  return equalSecrets(token, sign(until));
}

}  // namespace arrivald::sendgrid
