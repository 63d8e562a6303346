// Transport: the interface of all outgoing HTTP requests. Production uses Client; tests a scripted one.
#pragma once

#include "base/result.hpp"
#include "http/message.hpp"
#include "runtime/task.hpp"

namespace arrivald::http {

class Transport {
 public:
  virtual ~Transport() = default;
  /// Sends one request and returns the response, whatever its status. Never throws; if the task is cancelled
  /// while it waits, the result is Failure::Kind::cancelled.
  virtual runtime::Task<Result<Response, Failure>> send(Request request) = 0;
};

}  // namespace arrivald::http
