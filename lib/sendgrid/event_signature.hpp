// event_signature: verifies that a batch of events comes from SendGrid (its "Signed Event Webhook"): ECDSA
// over P-256 with SHA-256 of the timestamp header's bytes followed by the raw body.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace arrivald::sendgrid {

/// One public key. Keep it: parsing costs six times as much as a verification.
class EventKey {
 public:
  /// Parses base64 of a DER SubjectPublicKeyInfo, as SendGrid shows it; PEM armour and whitespace are
  /// removed. Fails with Error::Kind::invalid unless it is a key on the curve P-256.
  static Result<EventKey> parse(std::string_view base64);
  EventKey(EventKey&&) noexcept;
  EventKey& operator=(EventKey&&) noexcept;
  ~EventKey();

  /// `signature` is base64 of a DER signature, `timestamp` the header's bytes as received. False if anything
  /// is malformed. Loop thread only.
  bool verifies(std::string_view signature, std::string_view timestamp, std::string_view body) const;

 private:
  struct Handles;
  explicit EventKey(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

inline constexpr std::string_view kSignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
inline constexpr std::string_view kTimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

/// Whether signature and timestamp have the form of the provider's: so a batch looks that was signed for
/// another key. Proves nothing.
bool looksSigned(std::string_view signature, std::string_view timestamp);
/// Whether a User-Agent header is the one that the provider posts events with. Proves nothing.
bool isEventSender(std::string_view userAgent);

}  // namespace arrivald::sendgrid
