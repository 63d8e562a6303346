// Client: asks a status page for its summary.
#pragma once

#include <string>

#include "http/transport.hpp"
#include "runtime/task.hpp"
#include "statuspage/status_summary.hpp"

namespace arrivald::statuspage {

/// Resource. All calls on the loop thread.
class Client {
 public:
  /// `baseUrl`: "https://status.sendgrid.com", without the path.
  Client(http::Transport& transport, std::string baseUrl, NamePattern pattern);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One request. Kinds: unavailable (with the reason), timedOut, throttled, invalid (no such page, or not
  /// its JSON), cancelled.
  runtime::Task<Result<StatusSummary>> read();

 private:
  http::Transport& transport_;
  std::string url_;
  std::string host_;  // for messages
  NamePattern pattern_;
};

}  // namespace arrivald::statuspage
