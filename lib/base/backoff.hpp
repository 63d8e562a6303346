// Backoff: how long to wait after a failure. Pure; the caller waits.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald {

/// Waits that double with each failure in a row. A value.
struct BackoffLimits {
  Duration first = std::chrono::seconds(5);  ///< after the first failure
  Duration max = std::chrono::minutes(10);
  /// Of what the other side asks for: more is not believed.
  Duration maxAsked = std::chrono::hours(1);
};

/// The wait after `failures` (from 1) failures in a row: first · 2^(failures − 1), at most max, of which
/// `random` (uniform in [0,1)) decides how much between a half and all, so that many do not come back
/// together; never less than `asked` by the other side, within its limit, and up to a second more. At least a
/// millisecond.
Duration waitAfter(const BackoffLimits& limits, int failures, double random,
                   std::optional<Duration> asked = std::nullopt);

/// How a failure is to be taken.
struct NextTry {
  Duration wait;
  /// True: this has failed the same way so often in a row that time alone is not expected to help. The first
  /// such decision of a row deserves an error in the log.
  bool needsPeople = false;
};

/// Counts failures in a row and decides on the wait. A value; one a task.
class Backoff {
 public:
  explicit Backoff(BackoffLimits limits = {}) : limits_(limits) {}

  /// A refusal (Consequence::givesUp) is retried like any failure until it came kCertain times in a row: one
  /// alone may be a gateway's. From then on the wait may grow to kMaxRefused.
  NextTry failed(const Error& error, double random);
  void succeeded() { *this = Backoff(limits_); }

  int failuresInARow() const { return failures_; }

  static constexpr int kCertain = 3;
  static constexpr Duration kMaxRefused = std::chrono::hours(1);

 private:
  BackoffLimits limits_;
  int failures_ = 0;
  int alike_ = 0;  // of the same kind, the last ones in a row
  std::optional<Error::Kind> last_;
};

}  // namespace arrivald
