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

  /// One request. Errors: those of http::toError(), throttled, serverError, notFound (no such page: the
  /// configuration's), malformed (not its JSON).
  runtime::Task<Result<StatusSummary>> read();

 private:
  http::Transport& transport_;
  std::string url_;
  std::string host_;  // for messages
  NamePattern pattern_;
};

}  // namespace arrivald::statuspage
