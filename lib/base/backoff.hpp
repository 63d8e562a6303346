// Backoff: exponential backoff with jitter. Pure: it computes the wait, the caller waits.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald {

/// Bounds of the exponential backoff. A value.
struct BackoffLimits {
  Duration first = std::chrono::seconds(5);  ///< upper bound of the wait after the first failure
  Duration max = std::chrono::minutes(10);   ///< upper bound of every wait, unless the server asks for more
  /// A Retry-After that exceeds this is taken as this.
  Duration maxAsked = std::chrono::hours(1);
};

/// The wait after `failures` consecutive failures (at least 1). The upper bound is first · 2^(failures − 1),
/// at most max; the wait is drawn from its upper half with `random`, uniform in [0,1), so that many clients
/// do not retry at the same time ("equal jitter"). With `asked` (the server's Retry-After) the wait is at
/// least min(asked, maxAsked) plus up to one second of jitter. Never less than a millisecond.
Duration waitAfter(const BackoffLimits& limits, int failures, double random,
                   std::optional<Duration> asked = std::nullopt);

/// What to do after a failure.
struct NextTry {
  Duration wait;
  /// True if the same kind of failure has occurred kCertain times in a row and is not expected to pass
  /// without a person's help. Callers log an error when it first becomes true in a row of failures.
  bool needsPeople = false;
};

/// Counts consecutive failures and computes the wait before the next attempt. A value, one per task; not
/// thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffLimits limits = {}) : limits_(limits) {}

  /// Records a failure; `random` is uniform in [0,1). A refusal (Consequence::givesUp) is retried like any
  /// other failure until it has occurred kCertain times in a row, since a single one may come from a gateway
  /// in between. From then on the wait may grow to kMaxRefused.
  NextTry failed(const Error& error, double random);
  void succeeded() { *this = Backoff(limits_); }

  int failuresInARow() const { return failures_; }

  static constexpr int kCertain = 3;
  static constexpr Duration kMaxRefused = std::chrono::minutes(15);  ///< after the remedy it soon works

 private:
  BackoffLimits limits_;
  int failures_ = 0;
  int alike_ = 0;  // latest consecutive failures of the kind last_
  std::optional<Error::Kind> last_;
};

}  // namespace arrivald
