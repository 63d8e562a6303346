// EventSigner: signs batches of events as the provider's Signed Event Webhook does.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace arrivald::simulator {

/// Makes a key pair of its own.
class EventSigner {
 public:
  EventSigner();
  EventSigner(EventSigner&&) noexcept;
  EventSigner& operator=(EventSigner&&) noexcept;
  ~EventSigner();

  /// As SendGrid shows it.
  std::string publicKey() const;
  /// For the header: base64 of a DER signature over the timestamp's bytes and the body's.
  std::string sign(std::string_view timestamp, std::string_view body) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
};

}  // namespace arrivald::simulator
