// Transport: the one seam through which the outside is asked. Production gives Client; tests a scripted one.
#pragma once

#include "base/result.hpp"
#include "http/message.hpp"
#include "runtime/task.hpp"

namespace arrivald::http {

class Transport {
 public:
  virtual ~Transport() = default;
  /// One request, one answer: any status is an answer. Never throws; a task that is cancelled while it waits
  /// for the answer gets Failure::Kind::cancelled.
  virtual runtime::Task<Result<Response, Failure>> send(Request request) = 0;
};

}  // namespace arrivald::http
