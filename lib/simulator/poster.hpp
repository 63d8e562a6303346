// Poster: posts the simulated account's events as SendGrid's event webhook does: signed, in batches, and
// retried until they are acknowledged.
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
  /// Generates a key pair. The references must outlive it.
  Poster(http::Transport& transport, Clock& clock, Account& account);
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;

  /// See EventSigner::publicKey().
  std::string publicKey() const { return signer_.publicKey(); }
  /// Posts to `url` until it is cancelled.
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
