// EventSigner: signs batches of events as SendGrid's Signed Event Webhook does.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace arrivald::simulator {

/// Generates a key pair. Throws std::runtime_error if OpenSSL cannot.
class EventSigner {
 public:
  EventSigner();
  EventSigner(EventSigner&&) noexcept;
  EventSigner& operator=(EventSigner&&) noexcept;
  ~EventSigner();

  /// Base64 of the DER SubjectPublicKeyInfo, as SendGrid shows it.
  std::string publicKey() const;
  /// The header's value: base64 of a DER signature over the timestamp's and the body's bytes.
  std::string sign(std::string_view timestamp, std::string_view body) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
};

}  // namespace arrivald::simulator
