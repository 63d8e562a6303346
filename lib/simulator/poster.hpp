// Poster: posts what happens in the simulated account as the provider's Event Webhook does: signed, in
// batches, and again until somebody says that it is kept.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "http/transport.hpp"
#include "simulator/account.hpp"
#include "simulator/event_signer.hpp"

namespace arrivald::simulator {

/// Resource, loop thread only.
class Poster {
 public:
  /// Makes a key pair.
  Poster(http::Transport& transport, Clock& clock, Account& account);
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;

  /// As SendGrid shows it.
  std::string publicKey() const { return signer_.publicKey(); }
  /// Endless; ends by cancellation. The account must have been told to follow events.
  runtime::Task<> post(std::string url);
  /// Events that were acknowledged.
  std::size_t acknowledged() const { return acknowledged_; }

 private:
  http::Transport& transport_;
  Clock& clock_;
  Account& account_;
  EventSigner signer_;
  std::size_t acknowledged_ = 0;
};

}  // namespace arrivald::simulator
