// Client: reads the summary of a status page.
#pragma once

#include <string>

#include "http/transport.hpp"
#include "runtime/task.hpp"
#include "statuspage/status_summary.hpp"

namespace arrivald::statuspage {

/// Resource. Loop thread only. `transport` must outlive it.
class Client {
 public:
  /// `baseUrl`: "https://status.sendgrid.com", without the path.
  Client(http::Transport& transport, std::string baseUrl, NamePattern pattern);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends one request. Errors: those of http::toError(); throttled; serverError; notFound (there is no such
  /// page: Party::configuration); malformed (not a status page's JSON).
  runtime::Task<Result<StatusSummary>> read();

 private:
  http::Transport& transport_;
  std::string url_;
  std::string host_;  // for messages
  NamePattern pattern_;
};

}  // namespace arrivald::statuspage
