// EventReceiver: serves the provider's POSTs of events: authenticates, decodes and stores them, then
// acknowledges.
#pragma once

#include "http/server.hpp"
#include "sendgrid/events.hpp"
#include "watch/event_authenticator.hpp"
#include "watch/event_encoder.hpp"
#include "watch/event_log.hpp"
#include "watch/refused_batches.hpp"
#include "watch/stream_status.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. A batch is answered with 2xx only after it was committed.
class EventReceiver {
 public:
  EventReceiver(Clock& clock, metrics::Registry& registry, EventLog& log, ForwardQueue& forwards,
                StreamStatus& status, RefusedBatches& refused);
  EventReceiver(const EventReceiver&) = delete;
  EventReceiver& operator=(const EventReceiver&) = delete;

  /// Applies the keys, passwords and limits of a configuration. `key`: of the fingerprints of addresses.
  void use(const config::Config& configuration, const stream::FingerprintKey& key);
  /// The key alone: another store has taken the place of the one that could not be written.
  void useKey(const stream::FingerprintKey& key);

  /// Serves POST /events/ACCOUNT, and /events/ACCOUNT/token for OAuth. The receiver and its collaborators
  /// must outlive the task.
  runtime::Task<http::Response> receive(const http::ServerRequest& request);

  /// Judges a request by its header, before its body is read: the answer if it is refused.
  std::optional<http::Response> admit(const http::ServerRequest& header);

  /// The listener answered a request with `status` by itself: its header or body was too large, or no
  /// request.
  void refusedByListener(std::string_view path, unsigned status);

 private:
  struct Received;
  void take(const std::string& account, const Received& received);
  void refuse(const std::string& account, std::string_view kind, BatchSender sender = BatchSender::provider);
  http::Response answerRefused(const std::string& account, const http::ServerRequest& request,
                               EventAuthenticator::Refusal refusal);
  BatchSender senderOf(const http::ServerRequest& request) const;
  Instant latestDate(const http::ServerRequest& request) const;
  static std::vector<std::string_view> slicesOf(std::string_view body);
  PendingBatch read(const std::string& account, const sendgrid::EventBatch& found, std::size_t bytes,
                    std::size_t kept);
  void forward(const http::ServerRequest& request, PendingBatch& batch) const;

  Clock& clock_;
  metrics::Registry& registry_;
  EventLog& log_;
  ForwardQueue& forwards_;
  StreamStatus& status_;
  RefusedBatches& refused_;
  EventAuthenticator authenticator_;
  sendgrid::EventReader reader_;
  EventEncoder encoder_;
  std::string installation_ = "(none yet)";
};

}  // namespace arrivald::watch
