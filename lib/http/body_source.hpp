// BodySource: a response's body that is made while it is sent.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/task.hpp"

namespace arrivald::http {

/// Loop thread only. Destroyed with the response, also if the client went away before its end.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;
  /// The next piece; an empty one ends the body. It is called again only after the piece has been sent, so
  /// that a slow client keeps one in memory. An error ends the connection: the client sees that the body is
  /// not whole.
  virtual runtime::Task<Result<std::string>> next() = 0;
};

}  // namespace arrivald::http
