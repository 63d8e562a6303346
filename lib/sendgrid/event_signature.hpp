// event_signature: whether a batch of events comes from the provider. ECDSA over P-256 with SHA-256 of the
// timestamp's bytes and the raw body, as the provider's "Signed Event Webhook" has it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace arrivald::sendgrid {

/// One public key, parsed once: parsing costs six times what a verification does.
class EventKey {
 public:
  /// Base64 of a DER SubjectPublicKeyInfo on one line, as the provider shows it; PEM armour and blanks are
  /// taken off. Error::Kind::invalid unless it is a key on the curve P-256.
  static Result<EventKey> parse(std::string_view base64);
  EventKey(EventKey&&) noexcept;
  EventKey& operator=(EventKey&&) noexcept;
  ~EventKey();

  /// `signature` is base64 of a DER signature, `timestamp` the header's bytes as they came. Anything that
  /// cannot be read is false. Loop thread only.
  bool verifies(std::string_view signature, std::string_view timestamp, std::string_view body) const;

 private:
  struct Handles;
  explicit EventKey(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

inline constexpr std::string_view kSignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
inline constexpr std::string_view kTimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

}  // namespace arrivald::sendgrid
