// patience: when to ask the provider again. Pure decisions; the caller waits.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// How a failed request is to be taken.
struct NextTry {
  Duration wait;
  /// True: do not expect time alone to help. The first such decision of a row deserves an error in the log
  /// and, where rules say so, an alert.
  bool needsPeople = false;
};

/// Counts failures in a row and decides on the wait. A value; one a job and account.
class Backoff {
 public:
  /// `base`: the wait after the first passing failure, doubled each time up to `most`.
  explicit Backoff(Duration base = std::chrono::seconds(5), Duration max = std::chrono::minutes(10))
      : base_(base), max_(max) {}

  /// `random` is uniform in [0,1): passing failures wait between half and all of the doubled span. Throttling
  /// waits for the reset, clamped to 1–120 s, and a little of `random` so that jobs do not all wake together.
  /// A refused key (401) counts as refused from the third time in a row: single ones have been seen on valid
  /// keys. Missing scopes (403) and missing features (404) are looked at again hourly.
  NextTry failed(const Failure& failure, Instant now, double random);
  /// Also after a reload, when a key may have changed.
  void succeeded() { *this = Backoff(base_, max_); }

  int failuresInARow() const { return failures_; }
  /// Three refusals of the key in a row.
  bool keyRefused() const { return unauthorized_ >= kRefusals; }

  static constexpr int kRefusals = 3;

 private:
  Duration base_;
  Duration max_;
  int failures_ = 0;
  int unauthorized_ = 0;
};

/// What is left of one endpoint's allowance, shared by all jobs that use it. A value.
class RateBudget {
 public:
  /// What an answer's headers said; answers without headers change nothing.
  void saw(const RateLimit& limit, Instant now);
  /// How long a request that is about to be made should wait: nothing while more than a fifth of the
  /// allowance is left, then evenly spread over the rest of the period, and until the reset once it is used
  /// up.
  Duration pause(Instant now) const;

  std::optional<std::int64_t> limit() const { return last_.limit; }
  /// Unknown before the first answer, and again once the period is over.
  std::optional<std::int64_t> remaining(Instant now) const;

 private:
  RateLimit last_;
};

/// How long until `reset`, clamped to 1–120 s: neither a clock that is wrong nor a header that is stops us
/// for longer.
Duration untilReset(Instant reset, Instant now);

}  // namespace arrivald::sendgrid
