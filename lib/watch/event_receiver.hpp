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
  EventReceiver(const Clock& clock, metrics::Registry& registry, EventLog& log, ForwardQueue& forwards,
                StreamStatus& status, RefusedBatches& refused);
  EventReceiver(const EventReceiver&) = delete;
  EventReceiver& operator=(const EventReceiver&) = delete;

  /// Applies the keys, passwords and limits of a configuration.
  void use(const config::Config& configuration);

  /// Serves POST /events/ACCOUNT, and /events/ACCOUNT/token for OAuth. The receiver and its collaborators
  /// must outlive the task.
  runtime::Task<http::Response> receive(const http::ServerRequest& request);

  /// The listener answered a request with `status` by itself: its header or body was too large, or no
  /// request.
  void refusedByListener(std::string_view path, unsigned status);

 private:
  void refuse(const std::string& account, std::string_view kind);
  PendingBatch read(const std::string& account, const http::ServerRequest& request);

  const Clock& clock_;
  metrics::Registry& registry_;
  EventLog& log_;
  ForwardQueue& forwards_;
  StreamStatus& status_;
  RefusedBatches& refused_;
  EventAuthenticator authenticator_;
  sendgrid::EventReader reader_;
  EventEncoder encoder_;
};

}  // namespace arrivald::watch
